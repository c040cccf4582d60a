import { expressionText } from '../binder/expression-text.ts';
import type { ColumnRef, Expression } from '../binder/expression.ts';
import { childrenOfNode } from './physical-tools.ts';
import type { PhysicalPlan, PhysicalQuery } from './physical.ts';

/** What EXPLAIN calls each column: the table's column, or the expression it was computed by. */
export function namesOf(query: PhysicalQuery): ReadonlyMap<ColumnRef, string> {
  const names = new Map<ColumnRef, string>();
  const roots = [query.root, ...query.subplans.values()];
  const scans = roots.flatMap(scansOf);
  const aliases = new Set(scans.map((scan) => scan.alias));
  const qualify = scans.length > 1 || aliases.size > 1;
  const text = (expression: Expression): string => expressionText(expression, (ref) => names.get(ref) ?? `column${ref}`);
  const give = (ref: ColumnRef, name: () => string): void => {
    if (!names.has(ref)) names.set(ref, name());
  };
  const visit = (node: PhysicalPlan): void => {
    if (node.kind === 'with') for (const definition of node.definitions) visit(definition.plan);
    for (const child of childrenOfNode(node)) visit(child);
    switch (node.kind) {
      case 'table_scan':
        for (const { ref, position } of node.named)
          give(ref, () => `${qualify ? `${node.alias}.` : ''}${node.table.columns.at(position)?.name ?? 'ctid'}`);
        break;
      case 'virtual_scan':
        for (const [at, ref] of node.output.entries()) give(ref, () => node.relation.columns[node.positions[at]].name);
        break;
      case 'shared_scan':
        for (const [at, ref] of node.output.entries()) give(ref, () => `${node.name}.${node.positions[at] + 1}`);
        break;
      case 'project':
        for (const item of node.items)
          give(item.ref, () => (item.expression.kind === 'constant' && item.expression.value === true ? 'matched' : text(item.expression)));
        break;
      case 'aggregate':
        for (const group of node.groups) give(group.ref, () => text(group.expression));
        for (const { ref, call } of node.aggregates)
          give(
            ref,
            () =>
              `${call.function.name}(${call.distinct ? 'DISTINCT ' : ''}${call.args.length === 0 ? '*' : call.args.map(text).join(', ')})`,
          );
        break;
      case 'set_operation':
        for (const [at, ref] of node.output.entries())
          give(ref, () => names.get(node.left.output[node.leftPositions[at]]) ?? `column${ref}`);
        break;
      case 'function_scan':
        for (const { call, columns } of node.calls) for (const ref of columns) give(ref, () => call.function.name);
        break;
      case 'window':
        for (const { ref, call } of node.calls)
          give(ref, () => `${'kind' in call.function ? call.function.name : call.function.function.name}() OVER (?)`);
        break;
      default:
        break;
    }
  };
  for (const root of [...query.subplans.values(), query.root]) visit(root);
  return names;
}

function scansOf(node: PhysicalPlan): (PhysicalPlan & { readonly kind: 'table_scan' })[] {
  const inner = [...childrenOfNode(node), ...(node.kind === 'with' ? node.definitions.map((definition) => definition.plan) : [])].flatMap(
    scansOf,
  );
  return node.kind === 'table_scan' ? [node, ...inner] : inner;
}
