/** The SQL types of a physical node's columns, as far as its expressions and tables tell. */
import type { ColumnRef } from '../../binder/expression.ts';
import type { PhysicalPlan } from '../../planner/physical.ts';
import type { SqlType } from '../../types/type.ts';

/** The type of a column of the node's output; undefined where nothing says. */
export function columnType(node: PhysicalPlan, ref: ColumnRef): SqlType | undefined {
  switch (node.kind) {
    case 'table_scan': {
      const column = node.columns.find((candidate) => candidate.ref === ref);
      return column === undefined ? undefined : node.table.tree.columns[column.position].type;
    }
    case 'values': {
      const place = node.output.indexOf(ref);
      return place < 0 ? undefined : node.tuples.at(0)?.at(place)?.type;
    }
    case 'project': {
      const item = node.items.find((candidate) => candidate.ref === ref);
      // A column that is only passed on need not have been given its type.
      const passed = item?.expression.kind === 'column' ? columnType(node.input, item.expression.ref) : undefined;
      return passed ?? item?.expression.type;
    }
    case 'aggregate':
      return (
        node.groups.find((group) => group.ref === ref)?.expression.type ??
        node.aggregates.find((aggregate) => aggregate.ref === ref)?.call.type
      );
    case 'window':
      return node.calls.find((call) => call.ref === ref)?.call.type ?? columnType(node.input, ref);
    case 'filter':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'freeze':
    case 'project_set':
      return columnType(node.input, ref);
    case 'nested_loop':
    case 'hash_join':
    case 'lookup_join':
      return columnType(node.left, ref) ?? columnType(node.right, ref);
    case 'set_operation': {
      const place = node.output.indexOf(ref);
      return place < 0 ? undefined : node.types[place];
    }
    case 'with':
      return columnType(node.body, ref);
    case 'shared_scan': {
      const place = node.output.indexOf(ref);
      return place < 0 || node.source === undefined ? undefined : columnType(node.source, node.source.output[node.positions[place]]);
    }
    default:
      return undefined;
  }
}
