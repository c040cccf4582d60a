/**
 * In which order a graph is joined. Up to DYNAMIC_MEMBERS_MAX members, the best plan of every set of them, from small sets to large, bushy
 * ones among them (Selinger; Moerkotte and Neumann's subsets of subsets); beyond, the pair with the smallest result first, again and
 * again. Costs are numbers until the order is known: only the joins chosen become nodes.
 *
 * Members without an equality between them are joined only when no equality leads on.
 */
import { assert } from '../base/assert.ts';
import type { ColumnRef, Expression } from '../binder/expression.ts';
import { COST } from './cost.ts';
import type { JoinGraph } from './join-graph.ts';
import { refsOf } from './expression-tools.ts';
import { cheapestHashCost, chooseJoin, emitCost, lookupJoinCost, splitKeys, type Lookup } from './join-method.ts';
import type { PhysicalPlan } from './physical.ts';

const DYNAMIC_MEMBERS_MAX = 12;

/** A set of members, joined. */
interface Joined {
  readonly plan: PhysicalPlan;
  readonly members: ReadonlySet<number>;
}

export function orderJoins(graph: JoinGraph): PhysicalPlan {
  const { members } = graph;
  if (members.length === 1) return members[0].plan;
  if (members.length > DYNAMIC_MEMBERS_MAX) return greedy(graph).plan;
  return new Enumeration(graph).plan();
}

function single(graph: JoinGraph, at: number): Joined {
  const { plan } = graph.members[at];
  return { plan, members: new Set([at]) };
}

/** Joins two sets; the right one is a member that is not inner, or both are sets with inner members. */
function join(graph: JoinGraph, left: Joined, right: Joined, rows: number): Joined {
  const [only] = right.members;
  const { type } = graph.members[only];
  const members = new Set([...left.members, ...right.members]);
  const columns = [...left.plan.output, ...(type === 'semi' || type === 'anti' ? [] : right.plan.output)];
  const between = graph.conjunctsBetween(
    (at) => left.members.has(at),
    (at) => right.members.has(at),
  );
  const isInner = type === 'inner' || right.members.size > 1;
  const conjuncts = isInner ? between : graph.members[only].on;
  const later = isInner ? [] : between;
  const output = graph.outputOf(columns, (at) => members.has(at));
  const asked = new Set(later.flatMap((conjunct) => [...refsOf(conjunct)]));
  const wanted = columns.filter((ref) => asked.has(ref) || output.includes(ref));
  const lookup = right.members.size === 1 ? graph.members[only].lookup(new Set(left.plan.output), conjuncts) : undefined;
  const plan = chooseJoin({
    type: isInner ? 'inner' : type,
    left: left.plan,
    right: right.plan,
    conjuncts,
    facts: graph.facts,
    output: wanted,
    lookup,
    rows,
  });
  return { plan: later.length === 0 ? plan : filtered(plan, later, output), members };
}

/** What may be asked only once an outer join has padded its rows. */
function filtered(input: PhysicalPlan, conjuncts: readonly Expression[], output: readonly ColumnRef[]): PhysicalPlan {
  const condition: Expression = conjuncts.length === 1 ? conjuncts[0] : { kind: 'and', args: conjuncts, type: conjuncts[0].type };
  return { kind: 'filter', input, condition, output, rows: input.rows, cost: input.cost + input.rows * COST.condition };
}

// ── up to twelve ──────────────────────────────────────────────────────────────────────────────────────────────────────────

class Enumeration {
  readonly #graph: JoinGraph;
  readonly #count: number;
  readonly #innerMask: number;
  readonly #needs: readonly number[];
  readonly #neighbours: readonly number[];
  /** Per set: the members that equalities between columns join with one of it. */
  readonly #reach: Int32Array;
  readonly #rows: Float64Array;
  readonly #cost: Float64Array;
  /** Per set: the right part of its best join. */
  readonly #right: Int32Array;
  readonly #lookups = new Map<number, Lookup | undefined>();
  readonly #widths: readonly number[];
  /** Per member: the others that some condition relates it to. */
  readonly #related: readonly number[];
  /** Equalities of more than two columns: what each side reads. */
  readonly #keyEdges: readonly (readonly [number, number])[];
  readonly #isKeyedOn: readonly boolean[];

  constructor(graph: JoinGraph) {
    this.#graph = graph;
    const { members } = graph;
    this.#count = members.length;
    const sets = 1 << members.length;
    this.#innerMask = members.reduce((mask, { type }, at) => (type === 'inner' ? mask | (1 << at) : mask), 0);
    this.#needs = graph.needs.map(maskOf);
    this.#neighbours = members.map((_, at) => maskOf(graph.neighbours(at)));
    this.#keyEdges = graph.edges.flatMap(({ sides }) => (sides === undefined ? [] : [[maskOf(sides[0]), maskOf(sides[1])] as const]));
    this.#related = members.map((_, at) =>
      graph.edges.reduce(
        (mask, edge) => (edge.members.has(at) ? mask | maskOf(edge.members) : mask),
        (this.#neighbours[at] | this.#needs[at]) & ~(1 << at),
      ),
    );
    this.#isKeyedOn = members.map(({ plan, on }, at) => {
      const outer = [...graph.needs[at]].flatMap((needed) => members[needed].plan.output);
      return splitKeys(outer, plan.output, on).keys.length > 0;
    });
    this.#widths = members.map(({ plan }) => plan.output.length);
    this.#reach = new Int32Array(sets);
    this.#rows = new Float64Array(sets);
    this.#cost = new Float64Array(sets).fill(Infinity);
    this.#right = new Int32Array(sets);
    for (let set = 1; set < sets; set++) {
      const lowest = lowestOf(set);
      this.#reach[set] = this.#reach[set ^ (1 << lowest)] | this.#neighbours[lowest];
    }
    for (const [at, { plan }] of members.entries()) {
      this.#rows[1 << at] = plan.rows;
      if (members[at].type === 'inner') this.#cost[1 << at] = plan.cost;
    }
  }

  plan(): PhysicalPlan {
    const all = (1 << this.#count) - 1;
    // Estimates may be far off, and a product of two tables forgives that least: sets are multiplied only when nothing else is left.
    this.#fill(true);
    if (this.#cost[all] === Infinity) this.#fill(false);
    assert(this.#cost[all] < Infinity, 'every set of members can be joined in some order', { members: this.#count });
    return this.#build(all).plan;
  }

  /** Finds the best join of every set that has none yet. */
  #fill(keyedOnly: boolean): void {
    const sets = 1 << this.#count;
    for (let set = 1; set < sets; set++) {
      if (this.#cost[set] < Infinity || (set & (set - 1)) === 0 || !this.#isValid(set)) continue;
      this.#rows[set] = this.#rowsOf(set);
      this.#addDependent(set);
      const lowest = set & -set;
      // Each split once: the part with the lowest member is the left one, and joins go either way.
      for (let part = (set - 1) & set; part > 0; part = (part - 1) & set) {
        if ((part & lowest) === 0) continue;
        const rest = set ^ part;
        if (this.#cost[part] === Infinity || this.#cost[rest] === Infinity) continue;
        const isKeyed = (this.#reach[part] & rest) !== 0 || this.#isKeyedByEdge(part, rest);
        if (keyedOnly && !isKeyed) continue;
        this.#consider(set, part, rest, isKeyed);
      }
    }
  }

  /** Holds an inner member, and of every other one what it needs. */
  #isValid(set: number): boolean {
    if ((set & this.#innerMask) === 0) return false;
    for (let at = 0; at < this.#count; at++) if ((set & (1 << at)) !== 0 && (this.#needs[at] & ~set) !== 0) return false;
    return true;
  }

  #consider(set: number, left: number, right: number, isKeyed: boolean): void {
    const [leftRows, rightRows] = [this.#rows[left], this.#rows[right]];
    const emit = emitCost(this.#rows[set], this.#widthOf(set));
    const both = this.#cost[left] + this.#cost[right];
    this.#offer(set, right, both + emit + (isKeyed ? cheapestHashCost('inner', leftRows, rightRows) : leftRows * rightRows * COST.pair));
    if (!isKeyed) return;
    for (const [outer, inner] of [
      [left, right],
      [right, left],
    ]) {
      if ((inner & (inner - 1)) !== 0) continue;
      const lookup = this.#lookup(outer, inner);
      if (lookup !== undefined) this.#offer(set, inner, this.#cost[outer] + lookupJoinCost(this.#rows[outer], lookup) + emit);
    }
  }

  #addDependent(set: number): void {
    for (let at = 0; at < this.#count; at++) {
      const member = 1 << at;
      const left = set ^ member;
      if ((set & member) === 0 || (member & this.#innerMask) !== 0 || this.#cost[left] === Infinity) continue;
      const { type, plan } = this.#graph.members[at];
      const emit = emitCost(this.#rows[set], this.#widthOf(set));
      const isKeyed = this.#isKeyedOn[at];
      const joined = isKeyed ? cheapestHashCost(type, this.#rows[left], plan.rows) : this.#rows[left] * plan.rows * COST.pair;
      this.#offer(set, member, this.#cost[left] + plan.cost + joined + emit);
      const lookup = this.#lookup(left, member);
      if (lookup !== undefined) this.#offer(set, member, this.#cost[left] + lookupJoinCost(this.#rows[left], lookup) + emit);
    }
  }

  #offer(set: number, right: number, cost: number): void {
    if (cost >= this.#cost[set]) return;
    this.#cost[set] = cost;
    this.#right[set] = right;
  }

  #rowsOf(set: number): number {
    const graph = this.#graph;
    let member = -1;
    for (let at = 0; at < this.#count; at++) if ((set & (1 << at) & ~this.#innerMask) !== 0 && this.#isValid(set ^ (1 << at))) member = at;
    const isDependent = member >= 0;
    if (!isDependent) member = lowestOf(set & this.#innerMask);
    const rest = set ^ (1 << member);
    // A set that no order reaches has no rows yet, and its product will do.
    if (this.#rows[rest] === 0) this.#rows[rest] = this.#rowsOf(rest);
    const selectivity = graph.selectivity(
      (at) => at === member,
      (at) => (rest & (1 << at)) !== 0,
    );
    const rows = isDependent ? graph.dependentRows(member, this.#rows[rest]) : this.#rows[rest] * graph.members[member].plan.rows;
    return Math.max(0.5, rows * selectivity);
  }

  /** The lookup of a member by columns of a set; the same for all sets that have the same of what conditions relate to it. */
  #lookup(left: number, member: number): Lookup | undefined {
    const at = lowestOf(member);
    const related = left & this.#related[at];
    if (related === 0) return undefined;
    const key = related * this.#count + at;
    if (this.#lookups.has(key)) return this.#lookups.get(key);
    const { members } = this.#graph;
    const outside = new Set(
      members.flatMap(({ plan, type }, other) => ((related & (1 << other)) !== 0 && type !== 'semi' ? plan.output : [])),
    );
    const conjuncts =
      members[at].type === 'inner'
        ? this.#graph.conjunctsBetween(
            (other) => (related & (1 << other)) !== 0,
            (other) => other === at,
          )
        : members[at].on;
    const lookup = members[at].lookup(outside, conjuncts);
    this.#lookups.set(key, lookup);
    return lookup;
  }

  #isKeyedByEdge(left: number, right: number): boolean {
    return this.#keyEdges.some(([one, other]) => ((one & ~left) | (other & ~right)) === 0 || ((one & ~right) | (other & ~left)) === 0);
  }

  #widthOf(set: number): number {
    let width = 0;
    for (let at = 0; at < this.#count; at++) if ((set & (1 << at)) !== 0) width += this.#widths[at];
    return width;
  }

  #build(set: number): Joined {
    if ((set & (set - 1)) === 0) return single(this.#graph, lowestOf(set));
    const right = this.#right[set];
    const left = this.#build(set ^ right);
    return join(this.#graph, left, this.#build(right), this.#rows[set]);
  }
}

function maskOf(members: Iterable<number>): number {
  let mask = 0;
  for (const at of members) mask |= 1 << at;
  return mask;
}

function lowestOf(set: number): number {
  return 31 - Math.clz32(set & -set);
}

// ── beyond ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function greedy(graph: JoinGraph): Joined {
  const parts = graph.members.flatMap(({ type }, at) => (type === 'inner' ? [single(graph, at)] : []));
  const waiting = new Set(graph.members.flatMap(({ type }, at) => (type === 'inner' ? [] : [at])));
  const cache = new Map<Joined, Map<Joined, Joined>>();
  attach(graph, parts, waiting);
  while (parts.length > 1) {
    let best: { readonly joined: Joined; readonly a: Joined; readonly b: Joined } | undefined;
    for (const connection of ['equality', 'condition', 'none'] as const) {
      for (const [at, a] of parts.entries()) {
        for (const b of parts.slice(at + 1)) {
          if (!isConnected(graph, a, b, connection)) continue;
          const joined = cached(cache, a, b, () => joinEitherWay(graph, a, b));
          if (best === undefined || isBetter(joined.plan, best.joined.plan)) best = { joined, a, b };
        }
      }
      if (best !== undefined) break;
    }
    assert(best !== undefined, 'two parts can always be multiplied', { parts: parts.length });
    parts.splice(parts.indexOf(best.a), 1);
    parts.splice(parts.indexOf(best.b), 1);
    parts.push(best.joined);
    attach(graph, parts, waiting);
  }
  return parts[0];
}

/** Joins members that are not inner to the parts that have what they need: at once where they leave fewer rows, else at the end. */
function attach(graph: JoinGraph, parts: Joined[], waiting: Set<number>): void {
  for (let moved = true; moved;) {
    moved = false;
    for (const member of waiting) {
      const at = parts.findIndex(({ members }) => [...graph.needs[member]].every((needed) => members.has(needed)));
      if (at < 0) continue;
      const rows = graph.dependentRows(member, parts[at].plan.rows);
      if (parts.length > 1 && rows >= parts[at].plan.rows) continue;
      parts[at] = join(graph, parts[at], single(graph, member), rows);
      waiting.delete(member);
      moved = true;
    }
  }
}

function joinEitherWay(graph: JoinGraph, a: Joined, b: Joined): Joined {
  const selectivity = graph.selectivity(
    (at) => a.members.has(at),
    (at) => b.members.has(at),
  );
  const rows = Math.max(0.5, a.plan.rows * b.plan.rows * selectivity);
  const [one, other] = [join(graph, a, b, rows), join(graph, b, a, rows)];
  return one.plan.cost <= other.plan.cost ? one : other;
}

function isBetter(plan: PhysicalPlan, than: PhysicalPlan): boolean {
  return plan.rows < than.rows || (plan.rows === than.rows && plan.cost < than.cost);
}

function isConnected(graph: JoinGraph, a: Joined, b: Joined, connection: 'equality' | 'condition' | 'none'): boolean {
  const inA = (at: number): boolean => a.members.has(at);
  const inB = (at: number): boolean => b.members.has(at);
  switch (connection) {
    case 'equality':
      return graph.isKeyed(inA, inB);
    case 'condition':
      return graph.conjunctsBetween(inA, inB).length > 0;
    case 'none':
      return true;
  }
}

function cached(cache: Map<Joined, Map<Joined, Joined>>, a: Joined, b: Joined, make: () => Joined): Joined {
  let row = cache.get(a);
  if (row === undefined) cache.set(a, (row = new Map()));
  let joined = row.get(b);
  if (joined === undefined) row.set(b, (joined = make()));
  return joined;
}
