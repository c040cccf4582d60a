/**
 * Pipelines as plain data: what a worker is sent so that it can build the same operators over its own kernels.
 *
 *     scan ──► filter, project, probe … ──► sink
 */
import type { HashJoinNode } from '../../../planner/physical.ts';
import type { AggregateSpecification } from '../aggregate/specification.ts';
import type { VectorExpression } from '../expression/ir.ts';
import type { ColumnInfo } from '../expression/lower.ts';
import type { HashJoin } from '../join/hash-join.ts';
import type { JoinTableShape, JoinTablePlaces } from '../join/join-table.ts';
import type { LeafParts } from '../leaf-parts.ts';
import type { LeafScan } from '../leaf-scan.ts';

export type Stage =
  /** Morsels with `columns`, of which rows that pass go out as `output`. */
  | {
      readonly kind: 'scan';
      readonly columns: readonly ColumnInfo[];
      readonly filter: VectorExpression | undefined;
      readonly output: readonly ColumnInfo[];
    }
  | { readonly kind: 'filter'; readonly condition: VectorExpression; readonly output: readonly ColumnInfo[] }
  | { readonly kind: 'project'; readonly columns: readonly ColumnInfo[]; readonly items: readonly VectorExpression[] }
  | { readonly kind: 'probe'; readonly join: JoinShape; readonly table: JoinTablePlaces };

/** A hash join, but for its inputs and its table's rows. */
export interface JoinShape {
  readonly type: HashJoinNode['type'];
  readonly build: 'left' | 'right';
  readonly probeKeys: readonly VectorExpression[];
  readonly table: JoinTableShape;
  /** Columns kept of either side. */
  readonly probed: readonly ColumnInfo[];
  readonly kept: readonly ColumnInfo[];
  /** Over the kept columns of the probe side, then of the build side. */
  readonly residual: VectorExpression | undefined;
  readonly output: readonly ColumnInfo[];
}

/** A pipeline as the thread that plans has it. */
export interface PipelineHead {
  readonly scan: LeafScan;
  /** What the scan reads. */
  readonly leaves: LeafParts;
  /** Joins whose tables are to be filled before `stages` are asked for, the lowest first. */
  readonly joins: readonly HashJoin[];
  readonly stages: readonly (() => Stage)[];
  /** About what it does for a row, in comparisons of numbers. */
  readonly work: number;
}

/** The pipeline with one more stage, which does so much `work` for a row. */
export function withStage(head: PipelineHead, work: number, stage: () => Stage): PipelineHead {
  return { ...head, work: head.work + work, stages: [...head.stages, stage] };
}

export type Sink = {
  readonly kind: 'aggregate';
  readonly keys: readonly VectorExpression[];
  readonly aggregates: readonly AggregateSpecification[];
  /** Groups to expect. */
  readonly expected: number;
};
