import type { VirtualScanNode } from '../../planner/physical.ts';
import { RowsOperator } from './operator.ts';
import { pickPositions } from './pick.ts';
import type { Factory } from './program.ts';

/** The rows of a relation computed from the catalog. */
export function prepareVirtualScan(node: VirtualScanNode): Factory {
  const pick = pickPositions(node.positions);
  return (environment) => new RowsOperator(node.relation.rows(environment.execution.catalog, environment.context).map(pick));
}
