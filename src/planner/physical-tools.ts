/** Walking physical plans. */
import { unreachable } from '../base/assert.ts';
import type { Expression } from '../binder/expression.ts';
import type { PhysicalPlan } from './physical.ts';

/** The nodes a node pulls from; a With's definitions are not among them. */
export function childrenOfNode(node: PhysicalPlan): readonly PhysicalPlan[] {
  switch (node.kind) {
    case 'table_scan':
    case 'virtual_scan':
    case 'values':
    case 'function_scan':
    case 'shared_scan':
      return [];
    case 'filter':
    case 'project':
    case 'project_set':
    case 'aggregate':
    case 'window':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'freeze':
      return [node.input];
    case 'nested_loop':
    case 'hash_join':
    case 'lookup_join':
    case 'set_operation':
      return [node.left, node.right];
    case 'with':
      return [node.body];
    case 'recursive':
      return [node.base, node.step];
    case 'insert':
    case 'update':
    case 'delete':
      return [node.source];
    default:
      return unreachable(node);
  }
}

/** The expressions of a node that may hold subqueries. */
export function expressionsOfNode(node: PhysicalPlan): readonly Expression[] {
  switch (node.kind) {
    case 'filter':
      return [node.condition];
    case 'project':
      return node.items.map((item) => item.expression);
    case 'values':
      return node.tuples.flat();
    case 'nested_loop':
      return node.condition === undefined ? [] : [node.condition];
    case 'limit':
      return [node.limit, node.offset].filter((expression) => expression !== undefined);
    case 'function_scan':
      return node.calls.flatMap((item) => item.call.args);
    case 'project_set':
      return node.calls.flatMap((item) => item.call.args);
    case 'update':
      return node.set.map((item) => item.expression);
    case 'insert':
      return node.onConflict === undefined ? [] : node.onConflict.set.map((item) => item.expression);
    default:
      return [];
  }
}
