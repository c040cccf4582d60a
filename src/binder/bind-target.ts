/** Select lists: items, stars and the names they get. */
import type { Node, ResTarget } from '@pgsql/types';
import { bindExpression } from './bind-expression.ts';
import type { Binding } from './binding.ts';
import { columnName } from './column-name.ts';
import { settleUnknown } from './coerce.ts';
import type { Expression } from './expression.ts';
import { stringList } from './node.ts';
import { noteStar } from './written-out.ts';
import { columnExpression, findItem, missingItem, type Level, type ScopeItem } from './scope.ts';

/** One select item. `junk` ones were added for ORDER BY and do not come out. */
export interface Target {
  readonly name: string;
  expression: Expression;
  readonly junk: boolean;
}

/** The select list bound, stars expanded. */
export function bindTargets(level: Level, nodes: readonly Node[] | undefined, keepUnknown: boolean): Target[] {
  return (nodes ?? []).flatMap((node) => ('ResTarget' in node ? bindTarget(level, node.ResTarget, keepUnknown) : []));
}

function bindTarget(level: Level, target: ResTarget, keepUnknown: boolean): Target[] {
  const { val } = target;
  if (val === undefined) return [];
  const star = starOf(val);
  if (star !== undefined) return expandStar(level, val, star.names, star.location);
  if ('A_Indirection' in val && 'A_Star' in (val.A_Indirection.indirection?.at(-1) ?? {})) return expandComposite(level, val);
  const bound = bindExpression(level, val);
  return [{ name: target.name ?? columnName(val), expression: keepUnknown ? bound : settleUnknown(level.binding, bound), junk: false }];
}

function starOf(node: Node): { readonly names: readonly string[]; readonly location: number } | undefined {
  if (!('ColumnRef' in node)) return undefined;
  const fields = node.ColumnRef.fields ?? [];
  const last = fields.at(-1);
  return last !== undefined && 'A_Star' in last ? { names: stringList(fields), location: node.ColumnRef.location ?? 0 } : undefined;
}

/** `*`, `t.*` and `s.t.*`. */
function expandStar(level: Level, node: Node, names: readonly string[], location: number): Target[] {
  const { binding } = level;
  if (names.length === 0) {
    const visible = level.items.filter((item) => item.byColumn);
    if (visible.length === 0) throw binding.error('syntax_error', 'SELECT * with no tables specified is not valid', location);
    noteStar(level, node, visible);
    return visible.flatMap((item) => itemTargets(binding, item, location));
  }
  const relation = names[names.length - 1];
  const schema = names.length > 1 ? names[names.length - 2] : undefined;
  const found = findItem(level, schema, relation, location);
  if (found === undefined) throw missingItem(level, schema, relation, location);
  noteStar(level, node, [found.item]);
  return itemTargets(binding, found.item, location);
}

function itemTargets(binding: Binding, item: ScopeItem, location: number): Target[] {
  return item.columns.map((column) => ({ name: column.name, expression: columnExpression(binding, column, location), junk: false }));
}

/** `(composite).*` */
function expandComposite(level: Level, node: Extract<Node, { A_Indirection: unknown }>): Target[] {
  const { binding } = level;
  const { arg, indirection } = node.A_Indirection;
  const steps = (indirection ?? []).slice(0, -1);
  const inner: Node = steps.length === 0 && arg !== undefined ? arg : { A_Indirection: { ...node.A_Indirection, indirection: steps } };
  const value = bindExpression(level, inner);
  const shape = binding.shapeOf(value);
  if (shape === undefined) throw binding.error('wrong_object_type', 'record type has not been registered', binding.locationOf(value));
  return shape.map((field, index) => ({
    name: field.name,
    expression: value.kind === 'row' ? value.args[index] : { kind: 'field', arg: value, index, type: field.type },
    junk: false,
  }));
}
