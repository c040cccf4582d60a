import type { Computing, Preparing } from '../computing.ts';
import type { Conjunction } from '../conjunction.ts';
import type { ColumnInfo } from '../expression/lower.ts';
import type { VectorOperator } from '../operator.ts';
import type { JoinShape } from '../parallel/pipeline.ts';
import { HashJoin, type BuildSide } from './hash-join.ts';
import type { JoinTable } from './join-table.ts';
import { Pairs } from './pairs.ts';

/** What a join is made of besides its shape. */
export interface JoinParts {
  readonly buildSide: BuildSide | undefined;
  readonly table: JoinTable;
  /** Over the shape's probed columns, then the kept ones. */
  readonly residual: Conjunction | undefined;
}

/** The operator of a join's shape; `scope` is over the probe side's columns. */
export function assembleHashJoin(
  shape: JoinShape,
  probeInput: VectorOperator,
  { buildSide, table, residual }: JoinParts,
  context: Computing,
  scope: Preparing,
): HashJoin {
  const { probed, kept, output } = shape;
  const readers = table.readers();
  const probePlaces = placesOf(probed, probeInput.columns);
  const pairs = new Pairs({ probe: probed, probePlaces, build: kept, readers, residual, output }, context);
  return new HashJoin(
    {
      type: shape.type,
      build: shape.build,
      buildSide,
      probeInput,
      probeKeys: shape.probeKeys.map((key) => scope.prepare(key)),
      table,
      shape,
      pairs,
      hasResidual: residual !== undefined,
      mayGather: probed.every((column) => column.form.type !== 'str'),
      output,
      probePlaces: placesOf(output, probeInput.columns),
      buildReaders: output.map(({ ref }) => {
        const at = kept.findIndex((column) => column.ref === ref);
        return at < 0 ? undefined : (tuples, rows) => readers[at].read(tuples, rows);
      }),
    },
    context,
  );
}

/** Where columns are among others. */
export function placesOf(columns: readonly ColumnInfo[], among: readonly ColumnInfo[]): number[] {
  return columns.map(({ ref }) => among.findIndex((column) => column.ref === ref));
}
