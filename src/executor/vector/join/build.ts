/** Hash join nodes over vectors. */
import type { ColumnRef, Expression } from '../../../binder/expression.ts';
import type { HashJoinNode } from '../../../planner/physical.ts';
import { refsOf } from '../../../planner/expression-tools.ts';
import { buildInput, chosen, closed } from '../build.ts';
import { Conjunction } from '../conjunction.ts';
import type { VectorContext, VectorScope } from '../context.ts';
import type { VectorExpression } from '../expression/ir.ts';
import { sameForm, type ColumnInfo } from '../expression/lower.ts';
import type { VectorOperator } from '../operator.ts';
import { FieldReader } from '../tuple-reader.ts';
import { HashJoin } from './hash-join.ts';
import { JoinTable } from './join-table.ts';
import { Pairs } from './pairs.ts';

/** The node's operator; undefined when a column or a key has no form. */
export function buildHashJoin(node: HashJoinNode, context: VectorContext): VectorOperator | undefined {
  const left = buildInput(node.left, context);
  if (left === undefined) return undefined;
  const right = buildInput(node.right, context);
  if (right === undefined) return closed(left);
  const giveUp = (): undefined => {
    left.close();
    right.close();
    return undefined;
  };
  const buildsLeft = node.build === 'left';
  const [buildInputOperator, probeInputOperator] = buildsLeft ? [left, right] : [right, left];
  const buildScope = context.over(buildInputOperator.columns);
  const probeScope = context.over(probeInputOperator.columns);
  const keys = lowerKeys(node, buildsLeft, buildScope, probeScope);
  if (keys === undefined) return giveUp();

  const wanted = new Set<ColumnRef>([...node.output, ...refsOfOptional(node.residual)]);
  const kept = buildInputOperator.columns.filter((column) => wanted.has(column.ref));
  const probed = probeInputOperator.columns.filter((column) => wanted.has(column.ref));
  const residual = node.residual === undefined ? undefined : Conjunction.of(context, [...probed, ...kept], node.residual);
  if (node.residual !== undefined && residual === undefined) return giveUp();

  const isBuildOutput = node.type === 'full' || node.type === (buildsLeft ? 'left' : 'right');
  const marksTuples = isBuildOutput || (buildsLeft && (node.type === 'semi' || node.type === 'anti'));
  const table = new JoinTable(
    keys.map((key) => key.build.type),
    node.keys.map((key) => key.nullsEqual),
    kept.map((column) => column.form.type),
    marksTuples,
    context,
  );
  const readers = kept.map((_, at) => new FieldReader(table.layout, keys.length + at, context));
  const output = chosen([...probed, ...kept], node.output);
  const pairs = new Pairs(
    { probe: probed, probePlaces: placesOf(probed, probeInputOperator.columns), build: kept, readers, residual, output },
    context,
  );
  return new HashJoin(
    {
      type: node.type,
      build: node.build,
      buildInput: buildInputOperator,
      probeInput: probeInputOperator,
      buildKeys: keys.map((key) => buildScope.prepare(key.build)),
      probeKeys: keys.map((key) => probeScope.prepare(key.probe)),
      payload: placesOf(kept, buildInputOperator.columns),
      table,
      pairs,
      hasResidual: residual !== undefined,
      mayGather: probed.every((column) => column.form.type !== 'str'),
      output,
      probePlaces: placesOf(output, probeInputOperator.columns),
      buildReaders: output.map((column) => {
        const at = kept.indexOf(column);
        return at < 0 ? undefined : (tuples, rows) => readers[at].read(tuples, rows);
      }),
    },
    context,
  );
}

interface LoweredKey {
  readonly build: VectorExpression;
  readonly probe: VectorExpression;
}

function lowerKeys(node: HashJoinNode, buildsLeft: boolean, build: VectorScope, probe: VectorScope): LoweredKey[] | undefined {
  const keys: LoweredKey[] = [];
  for (const key of node.keys) {
    const ofBuild = build.lower(buildsLeft ? key.left : key.right);
    const ofProbe = probe.lower(buildsLeft ? key.right : key.left);
    const sides = ofBuild === undefined || ofProbe === undefined ? undefined : sameForm(ofBuild, ofProbe);
    if (sides === undefined) return undefined;
    keys.push({ build: sides[0], probe: sides[1] });
  }
  return keys;
}

function refsOfOptional(expression: Expression | undefined): Iterable<ColumnRef> {
  return expression === undefined ? [] : refsOf(expression);
}

function placesOf(columns: readonly ColumnInfo[], among: readonly ColumnInfo[]): number[] {
  return columns.map(({ ref }) => among.findIndex((column) => column.ref === ref));
}
