/** Hash join nodes over vectors. */
import type { ColumnRef, Expression } from '../../../binder/expression.ts';
import type { HashJoinNode } from '../../../planner/physical.ts';
import { refsOf } from '../../../planner/expression-tools.ts';
import { buildInput, chosen, closed } from '../build.ts';
import { Conjunction } from '../conjunction.ts';
import type { VectorContext, VectorScope } from '../context.ts';
import type { VectorExpression } from '../expression/ir.ts';
import { sameForm } from '../expression/scales.ts';
import type { VectorOperator } from '../operator.ts';
import type { JoinShape } from '../parallel/pipeline.ts';
import { assembleHashJoin, placesOf } from './assemble.ts';
import { JoinTable } from './join-table.ts';

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
  const shape: JoinShape = {
    type: node.type,
    build: node.build,
    probeKeys: keys.map((key) => key.probe),
    table: {
      keys: keys.map((key) => key.build.type),
      nullsEqual: node.keys.map((key) => key.nullsEqual),
      payload: kept.map((column) => column.form.type),
      hasMatched: marksTuples,
    },
    probed,
    kept,
    residual: residual?.expression,
    output: chosen([...probed, ...kept], node.output),
  };
  const buildSide = {
    input: buildInputOperator,
    keys: keys.map((key) => buildScope.prepare(key.build)),
    payload: placesOf(kept, buildInputOperator.columns),
  };
  return assembleHashJoin(
    shape,
    probeInputOperator,
    { buildSide, table: new JoinTable(shape.table, context), residual },
    context,
    probeScope,
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
