/**
 * A copy of a syntax tree in which `change` may put something else for a field's value: a node by its kind (`RangeVar`, `ColumnRef`), or
 * a part of one by its name. Where it answers undefined, the value is copied, and changed within.
 */
export function mapTree<Tree>(tree: Tree, change: (field: string, value: unknown) => unknown): Tree {
  const mapped = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(mapped);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, change(field, inner) ?? mapped(inner)]));
  };
  return mapped(tree) as Tree;
}
