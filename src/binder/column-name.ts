import type { Node } from '@pgsql/types';
import { stringList } from './node.ts';

/** The name PostgreSQL gives a select item without AS (FigureColname). */
export function columnName(node: Node | undefined): string {
  return (node === undefined ? undefined : figure(node)?.name) ?? '?column?';
}

interface Figured {
  readonly name: string;
  /** Weak names (of a type, of CASE) give way to what is inside. */
  readonly weak: boolean;
}

const strong = (name: string): Figured => ({ name, weak: false });
const weak = (name: string): Figured => ({ name, weak: true });

function figure(node: Node): Figured | undefined {
  if ('ColumnRef' in node) return fromName(stringList(node.ColumnRef.fields).at(-1));
  if ('A_Indirection' in node) {
    const field = stringList(node.A_Indirection.indirection).at(-1);
    return field === undefined ? inside(node.A_Indirection.arg) : strong(field);
  }
  if ('FuncCall' in node) return fromName(stringList(node.FuncCall.funcname).at(-1));
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? strong('nullif') : undefined;
  if ('TypeCast' in node) {
    const found = inside(node.TypeCast.arg);
    const typeName = stringList(node.TypeCast.typeName?.names).at(-1);
    return found !== undefined && !found.weak ? found : typeName === undefined ? found : weak(typeName);
  }
  if ('CollateClause' in node) return inside(node.CollateClause.arg);
  if ('CaseExpr' in node) {
    const found = inside(node.CaseExpr.defresult);
    return found !== undefined && !found.weak ? found : weak('case');
  }
  if ('GroupingFunc' in node) return strong('grouping');
  if ('SubLink' in node) return figureSubquery(node.SubLink.subLinkType, node.SubLink.subselect);
  if ('A_ArrayExpr' in node) return strong('array');
  if ('RowExpr' in node) return strong('row');
  if ('CoalesceExpr' in node) return strong('coalesce');
  if ('MinMaxExpr' in node) return strong(node.MinMaxExpr.op === 'IS_LEAST' ? 'least' : 'greatest');
  if ('SQLValueFunction' in node)
    return strong(
      (node.SQLValueFunction.op ?? 'SVFOP_CURRENT_DATE')
        .replace(/^SVFOP_/, '')
        .replace(/_N$/, '')
        .toLowerCase(),
    );
  return undefined;
}

function inside(node: Node | undefined): Figured | undefined {
  return node === undefined ? undefined : figure(node);
}

function fromName(name: string | undefined): Figured | undefined {
  return name === undefined ? undefined : strong(name);
}

function figureSubquery(type: string | undefined, query: Node | undefined): Figured | undefined {
  if (type === 'EXISTS_SUBLINK') return strong('exists');
  if (type === 'ARRAY_SUBLINK') return strong('array');
  if (type !== 'EXPR_SUBLINK' || query === undefined || !('SelectStmt' in query)) return undefined;
  let select = query.SelectStmt;
  while (select.larg !== undefined) select = select.larg;
  if (select.valuesLists !== undefined) return strong('column1');
  const first = select.targetList?.[0];
  if (first === undefined || !('ResTarget' in first)) return undefined;
  return first.ResTarget.name !== undefined ? strong(first.ResTarget.name) : strong(columnName(first.ResTarget.val));
}
