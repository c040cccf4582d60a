import type { RelationalKernels } from '../interface/relational.ts';
import { denseTwin } from './dense.ts';
import { groupAggregateTwin } from './group-aggregate.ts';
import { groupTwin } from './group.ts';
import { hashTwin } from './hash.ts';
import { bloomTwin, joinTwin } from './join.ts';
import type { MemoryViews } from './memory-views.ts';
import { mergeAggregateTwin } from './merge-aggregate.ts';
import { sortKeyTwin } from './sort-key.ts';
import { sortTwin } from './sort.ts';
import { spillTwin } from './spill.ts';
import { totalAggregateTwin } from './total-aggregate.ts';
import { tupleTwin } from './tuple.ts';

export function relationalTwin(memory: MemoryViews): RelationalKernels {
  return {
    ...hashTwin(memory),
    ...tupleTwin(memory),
    ...groupTwin(memory),
    ...groupAggregateTwin(memory),
    ...totalAggregateTwin(memory),
    ...mergeAggregateTwin(memory),
    ...denseTwin(memory),
    ...joinTwin(memory),
    ...bloomTwin(memory),
    ...sortKeyTwin(memory),
    ...sortTwin(memory),
    ...spillTwin(memory),
  };
}
