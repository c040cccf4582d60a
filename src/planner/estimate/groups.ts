/** How many groups grouping makes. */
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import { OID } from '../../types/oid.ts';
import { refsOf } from '../expression-tools.ts';
import { columnOf, distinctAmong, distinctOf, type Facts, type RelationFacts } from './facts.ts';
import { sampledResults } from './selectivity.ts';

/** Groups of an expression that nothing is known of. */
const GROUPS_UNKNOWN = 200;
/** Of several columns of one relation together, no more groups than this part of its rows are expected: they tend to go together. */
const TOGETHER_SHARE = 0.1;

/** The number of groups of `expressions` among `rows` rows. */
export function groupsOf(expressions: readonly Expression[], rows: number, facts: Facts): number {
  if (expressions.length === 0) return 1;
  const columns = new Map<ColumnRef, ColumnRef>();
  let others = 1;
  for (const expression of expressions) {
    const ref = columnOf(expression);
    if (ref !== undefined && facts.get(ref) !== undefined) columns.set(facts.classOf(ref), ref);
    else others *= distinctOfExpression(expression, rows, facts);
  }
  const byRelation = new Map<RelationFacts, number[]>();
  for (const ref of independent([...columns.values()], facts)) {
    const known = facts.get(ref);
    if (known === undefined) continue;
    const distinct = Math.min(
      ...facts.equalTo(ref).map((equal) => {
        const its = facts.get(equal);
        return its === undefined ? Infinity : Math.min(facts.capOf(equal), distinctAmong(its, Math.min(its.relation.kept, rows)));
      }),
    );
    byRelation.set(known.relation, [...(byRelation.get(known.relation) ?? []), distinct]);
  }
  let groups = others;
  for (const [relation, distincts] of byRelation) {
    const product = distincts.reduce((total, distinct) => total * distinct, 1);
    const most = Math.min(relation.kept, Math.max(...distincts, relation.rows * TOGETHER_SHARE));
    groups *= distincts.length === 1 ? product : Math.min(product, most);
  }
  return Math.max(1, Math.min(groups, rows));
}

/** The columns without those that a unique key among them decides. */
function independent(refs: readonly ColumnRef[], facts: Facts): readonly ColumnRef[] {
  const classes = new Set(refs.map((ref) => facts.classOf(ref)));
  const decided = new Set<ColumnRef>();
  const relations = new Set(refs.flatMap((ref) => facts.equalTo(ref)).map((ref) => facts.get(ref)?.relation));
  for (const relation of relations) {
    const key = relation?.keys.find((candidate) => candidate.columns.every((ref) => classes.has(facts.classOf(ref))));
    if (key === undefined) continue;
    const kept = new Set(key.columns.map((ref) => facts.classOf(ref)));
    for (const ref of refs) if (facts.get(ref)?.relation === relation && !kept.has(facts.classOf(ref))) decided.add(ref);
  }
  return refs.filter((ref) => !decided.has(ref));
}

/** How many values an expression has among `rows` rows. */
export function distinctOfExpression(expression: Expression, rows: number, facts: Facts): number {
  if (expression.kind === 'constant') return 1;
  if (expression.type.oid === OID.bool) return Math.min(3, rows);
  const ref = columnOf(expression);
  const known = ref === undefined ? undefined : facts.get(ref);
  if (known !== undefined) return distinctAmong(known, Math.min(known.relation.kept, rows));
  const sampled = sampledResults(expression, facts);
  if (sampled !== undefined && sampled.results <= sampled.samples / 2) return Math.min(sampled.results, rows);
  const refs = [...refsOf(expression)];
  const read = refs.map((each) => facts.get(each)).filter((each) => each !== undefined);
  if (read.length === 0 || read.length < refs.length) return Math.max(1, Math.min(GROUPS_UNKNOWN, rows / 10));
  return Math.max(
    1,
    Math.min(
      read.reduce((product, each) => product * distinctOf(each), 1),
      rows,
    ),
  );
}
