import type { FreezeNode } from '../../planner/physical.ts';
import type { Environment } from '../environment.ts';
import type { Factory, Program } from './program.ts';
import { SharedRows } from './shared-rows.ts';

/** Its input's rows, read in full when the statement starts: what the statement writes is not among them. */
export function prepareFreeze(node: FreezeNode, program: Program): Factory {
  const input = program.prepare(node.input);
  program.freezes.push({ node, open: input });
  return (environment) => {
    let rows = environment.frozen.get(node);
    if (rows === undefined) {
      rows = new SharedRows(input(environment));
      environment.frozen.set(node, rows);
    }
    return rows.reader();
  };
}

/** Reads a freeze node to its end, before the statement's first write. */
export async function freezeNow(node: FreezeNode, open: Factory, environment: Environment): Promise<void> {
  const rows = new SharedRows(open(environment));
  environment.frozen.set(node, rows);
  await rows.finish();
}
