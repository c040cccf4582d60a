/**
 * The decimal places that a numeric column shows whose type does not say: sums, products and what is passed on of them. A guess that
 * holds for finite values; whoever builds on it falls back where one shows others.
 */
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import type { PhysicalPlan } from '../../planner/physical.ts';
import { OID } from '../../types/oid.ts';
import type { SqlType } from '../../types/type.ts';
import { Numeric } from '../../types/value.ts';

/** The places of a column of the node's output; undefined where nothing says. */
export function scaleOfColumn(node: PhysicalPlan, ref: ColumnRef): number | undefined {
  switch (node.kind) {
    case 'project': {
      const item = node.items.find((candidate) => candidate.ref === ref);
      return item && scaleOf(item.expression, [node.input]);
    }
    case 'aggregate': {
      const group = node.groups.find((candidate) => candidate.ref === ref);
      if (group !== undefined) return scaleOf(group.expression, [node.input]);
      const call = node.aggregates.find((candidate) => candidate.ref === ref)?.call;
      const isKept = call?.function.name === 'sum' || call?.function.name === 'min' || call?.function.name === 'max';
      return call !== undefined && isKept && call.args.length === 1 ? scaleOf(call.args[0], [node.input]) : undefined;
    }
    case 'filter':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'freeze':
      return scaleOfColumn(node.input, ref);
    case 'nested_loop':
    case 'hash_join':
    case 'lookup_join':
      return scaleOfColumn(node.left.output.includes(ref) ? node.left : node.right, ref);
    case 'with':
      return scaleOfColumn(node.body, ref);
    case 'shared_scan': {
      const place = node.output.indexOf(ref);
      return place < 0 || node.source === undefined ? undefined : scaleOfColumn(node.source, node.source.output[node.positions[place]]);
    }
    case 'table_scan': {
      const column = node.columns.find((candidate) => candidate.ref === ref);
      return column === undefined ? undefined : declaredScale(node.table.tree.columns[column.position].type);
    }
    default:
      return undefined;
  }
}

/** The places that an expression over columns of the inputs shows. */
function scaleOf(expression: Expression, inputs: readonly PhysicalPlan[]): number | undefined {
  const declared = declaredScale(expression.type);
  switch (expression.kind) {
    case 'column': {
      if (declared !== undefined) return declared;
      const input = inputs.find((candidate) => candidate.output.includes(expression.ref));
      return input && scaleOfColumn(input, expression.ref);
    }
    case 'constant':
      return expression.value instanceof Numeric ? expression.value.scale : undefined;
    case 'cast': {
      const from = expression.arg.type.oid;
      return declared ?? (from === OID.int2 || from === OID.int4 || from === OID.int8 ? 0 : undefined);
    }
    case 'call': {
      const scales = expression.args.map((arg) => (arg.type.oid === OID.numeric ? scaleOf(arg, inputs) : undefined));
      const [left, right] = scales;
      if (left === undefined) return undefined;
      if (expression.operator === '-' && scales.length === 1) return left;
      if (right === undefined) return undefined;
      if (expression.operator === '+' || expression.operator === '-') return Math.max(left, right);
      return expression.operator === '*' ? left + right : undefined;
    }
    default:
      return undefined;
  }
}

/** The places that a type says; undefined for other types and numerics of any scale. */
export function declaredScale({ oid, modifier }: SqlType): number | undefined {
  return oid === OID.numeric && modifier >= 4 ? (modifier - 4) & 0x7ff : undefined;
}
