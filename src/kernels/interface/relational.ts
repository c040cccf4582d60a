import type { DenseKernels } from './dense.ts';
import type { GroupAggregateKernels } from './group-aggregate.ts';
import type { GroupKernels } from './group.ts';
import type { HashKernels } from './hash.ts';
import type { BloomKernels, JoinKernels } from './join.ts';
import type { MergeAggregateKernels } from './merge-aggregate.ts';
import type { SortKernels } from './sort.ts';
import type { SpillKernels } from './spill.ts';
import type { TotalAggregateKernels } from './total-aggregate.ts';
import type { TupleKernels } from './tuple.ts';

/** What groups, joins and sorts are made of. */
export interface RelationalKernels
  extends
    HashKernels,
    TupleKernels,
    GroupKernels,
    GroupAggregateKernels,
    TotalAggregateKernels,
    MergeAggregateKernels,
    DenseKernels,
    JoinKernels,
    BloomKernels,
    SortKernels,
    SpillKernels {}
