import { present } from '../../base/assert.ts';
import type { SharedScanNode } from '../../planner/physical.ts';
import type { Row } from '../../types/value.ts';
import type { Factory } from './program.ts';
import { pickPositions } from './pick.ts';

/** Reads rows that a WITH or a recursion holds. */
export function prepareSharedScan(node: SharedScanNode): Factory {
  const pick = pickPositions(node.positions);
  const cut = (batch: Row[] | null): Row[] | null => (batch === null ? null : batch.map(pick));
  return (environment) => {
    const reader = present(environment.shared.get(node.id), 'a reference is opened inside its definition').reader();
    return {
      next() {
        const batch = reader.next();
        return batch instanceof Promise ? batch.then(cut) : cut(batch);
      },
      close: () => reader.close(),
    };
  };
}
