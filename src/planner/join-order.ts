/**
 * In which order inner joins are made. Up to DYNAMIC_RELATIONS_MAX relations, the best plan of every connected set of them,
 * from small sets to large; beyond, the pair with the smallest result first, again and again. Relations without a condition
 * between them are multiplied only when nothing else is left.
 */
import type { ColumnRef, Expression } from '../binder/expression.ts';
import { assert } from '../base/assert.ts';
import { refsOf } from './expression-tools.ts';
import { chooseJoin, type JoinSides } from './join-method.ts';
import type { PhysicalPlan } from './physical.ts';
import type { Facts } from './statistics.ts';
import { comparisonOf } from './type-facts.ts';

const DYNAMIC_RELATIONS_MAX = 10;

export interface JoinRelation {
  readonly plan: PhysicalPlan;
  /** A lookup of this relation by keys made of the columns in `outside`, when it is a table with such a key. */
  lookup(outside: ReadonlySet<ColumnRef>, conjuncts: readonly Expression[]): JoinSides['lookup'];
}

export interface JoinGraph {
  readonly relations: readonly JoinRelation[];
  /** Conditions over two or more of them. */
  readonly conjuncts: readonly Expression[];
  readonly facts: Facts;
  readonly required: ReadonlySet<ColumnRef>;
}

/** A joined set of relations. */
interface Joined {
  readonly plan: PhysicalPlan;
  readonly members: readonly number[];
  readonly refs: ReadonlySet<ColumnRef>;
}

export function orderJoins(graph: JoinGraph): PhysicalPlan {
  const singles = graph.relations.map((relation, at): Joined => ({
    plan: relation.plan,
    members: [at],
    refs: new Set(relation.plan.output),
  }));
  if (singles.length === 1) return singles[0].plan;
  const edges = edgesOf(graph, singles);
  const best = singles.length <= DYNAMIC_RELATIONS_MAX ? dynamic(graph, singles, edges) : greedy(graph, singles, edges);
  return best.plan;
}

/** A condition, and the relations it reads. */
interface Edge {
  readonly conjunct: Expression;
  readonly relations: ReadonlySet<number>;
  /** Whether it is an equality, by which a pair can be joined without trying every row with every other. */
  readonly equality: boolean;
}

function edgesOf(graph: JoinGraph, singles: readonly Joined[]): readonly Edge[] {
  const owner = new Map<ColumnRef, number>();
  for (const single of singles) for (const ref of single.refs) owner.set(ref, single.members[0]);
  return graph.conjuncts.map((conjunct) => ({
    conjunct,
    relations: new Set([...refsOf(conjunct)].map((ref) => owner.get(ref)).filter((at) => at !== undefined)),
    equality: comparisonOf(conjunct)?.operator === '=' || conjunct.kind === 'is_distinct',
  }));
}

// ── up to ten ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function dynamic(graph: JoinGraph, singles: readonly Joined[], edges: readonly Edge[]): Joined {
  const count = singles.length;
  const best: (Joined | undefined)[] = new Array(1 << count);
  for (const [at, single] of singles.entries()) best[1 << at] = single;
  // Estimates may be far off, and a product of two tables forgives that least: other conditions connect only what equalities do not.
  fill(graph, best, count, edges, masksOf(edges.filter((edge) => edge.equality)));
  if (best[(1 << count) - 1] === undefined) fill(graph, best, count, edges, masksOf(edges));
  const whole = best[(1 << count) - 1];
  if (whole !== undefined) return whole;
  return greedy(graph, islands(best, count), edges);
}

function masksOf(edges: readonly Edge[]): readonly number[] {
  return edges.map((edge) => [...edge.relations].reduce((mask, at) => mask | (1 << at), 0));
}

/** Finds the best plan of every set that has none yet and that some of the conditions connect. */
function fill(graph: JoinGraph, best: (Joined | undefined)[], count: number, edges: readonly Edge[], masks: readonly number[]): void {
  for (let set = 1; set < 1 << count; set++) {
    if (best[set] !== undefined) continue;
    for (let part = (set - 1) & set; part > 0; part = (part - 1) & set) {
      const rest = set ^ part;
      const left = best[part];
      const right = best[rest];
      if (
        left === undefined ||
        right === undefined ||
        !masks.some((mask) => (mask & part) !== 0 && (mask & rest) !== 0 && (mask & ~set) === 0)
      )
        continue;
      const candidate = joinPair(graph, left, right, edges);
      const known = best[set];
      if (known === undefined || candidate.plan.cost < known.plan.cost) best[set] = candidate;
    }
  }
}

/** The largest connected sets that were reached, which together hold every relation once. */
function islands(best: readonly (Joined | undefined)[], count: number): Joined[] {
  const found: Joined[] = [];
  let left = (1 << count) - 1;
  const sets = best
    .flatMap((joined, set) => (joined === undefined ? [] : [{ joined, set }]))
    .toSorted((a, b) => b.joined.members.length - a.joined.members.length);
  for (const { joined, set } of sets) {
    if ((set & left) !== set) continue;
    found.push(joined);
    left ^= set;
  }
  assert(left === 0, 'islands hold every relation', { left });
  return found;
}

// ── beyond ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function greedy(graph: JoinGraph, start: readonly Joined[], edges: readonly Edge[]): Joined {
  const parts = [...start];
  const cache = new Map<Joined, Map<Joined, Joined>>();
  while (parts.length > 1) {
    let best: { joined: Joined; a: Joined; b: Joined } | undefined;
    for (const connection of ['equality', 'condition', 'none'] as const) {
      for (let i = 0; i < parts.length; i++) {
        for (let j = i + 1; j < parts.length; j++) {
          const [a, b] = [parts[i], parts[j]];
          if (connection !== 'none' && !touches(a, b, edges, connection === 'equality')) continue;
          const joined = cached(cache, a, b, () => cheaper(joinPair(graph, a, b, edges), joinPair(graph, b, a, edges)));
          if (
            best === undefined ||
            joined.plan.rows < best.joined.plan.rows ||
            (joined.plan.rows === best.joined.plan.rows && joined.plan.cost < best.joined.plan.cost)
          )
            best = { joined, a, b };
        }
      }
      if (best !== undefined) break;
    }
    if (best === undefined) break;
    const { joined, a, b } = best;
    parts.splice(parts.indexOf(a), 1);
    parts.splice(parts.indexOf(b), 1);
    parts.push(joined);
  }
  return parts[0];
}

function cached(cache: Map<Joined, Map<Joined, Joined>>, a: Joined, b: Joined, make: () => Joined): Joined {
  let row = cache.get(a);
  if (row === undefined) cache.set(a, (row = new Map()));
  let joined = row.get(b);
  if (joined === undefined) row.set(b, (joined = make()));
  return joined;
}

function cheaper(a: Joined, b: Joined): Joined {
  return a.plan.cost <= b.plan.cost ? a : b;
}

/** Some condition, or equality, reads both. */
function touches(a: Joined, b: Joined, edges: readonly Edge[], byEquality: boolean): boolean {
  return edges.some(
    ({ relations, equality }) =>
      (equality || !byEquality) && a.members.some((at) => relations.has(at)) && b.members.some((at) => relations.has(at)),
  );
}

// ── both ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function joinPair(graph: JoinGraph, left: Joined, right: Joined, edges: readonly Edge[]): Joined {
  const members = [...left.members, ...right.members];
  const inside = new Set(members);
  const conjuncts: Expression[] = [];
  const later = new Set<ColumnRef>(graph.required);
  for (const { conjunct, relations } of edges) {
    const complete = [...relations].every((at) => inside.has(at));
    if (!complete) for (const ref of refsOf(conjunct)) later.add(ref);
    else if (left.members.some((at) => relations.has(at)) && right.members.some((at) => relations.has(at))) conjuncts.push(conjunct);
  }
  const output = [...left.plan.output, ...right.plan.output].filter((ref) => later.has(ref));
  const lookup = right.members.length === 1 ? graph.relations[right.members[0]].lookup(left.refs, conjuncts) : undefined;
  const plan = chooseJoin({ type: 'inner', left: left.plan, right: right.plan, conjuncts, facts: graph.facts, output, lookup });
  return { plan, members, refs: new Set([...left.refs, ...right.refs]) };
}
