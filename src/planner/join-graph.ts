/**
 * What is joined, and by which conditions: the hypergraph that the join order is chosen over.
 *
 *     members   relations joined by inner joins; and beside them the right sides of left, semi and anti joins, which may be joined at any
 *               time after the relations that their condition reads: (A ⟕ B) ⋈ C is (A ⋈ C) ⟕ B where the second condition reads A and C
 *     classes   columns that equalities make equal. One equality per class and join says it all, and a = b and b = c let a join c
 *     edges     every other condition, checked as soon as all that it reads is there
 */
import type { ColumnExpression, ColumnRef, Expression } from '../binder/expression.ts';
import { distinctAmong, type Facts } from './estimate/facts.ts';
import { matchedShare } from './estimate/joins.ts';
import { selectivityOfAll } from './estimate/selectivity.ts';
import { column, refsOf } from './expression-tools.ts';
import { equalSides, type Lookup } from './join-method.ts';
import type { PhysicalPlan } from './physical.ts';

export type MemberType = 'inner' | 'left' | 'semi' | 'anti';

export interface JoinMember {
  readonly type: MemberType;
  readonly plan: PhysicalPlan;
  /** The join condition, unless it is inner. */
  readonly on: readonly Expression[];
  /** A lookup of it by keys made of the columns in `outside`, when it is a table with such a key. */
  lookup(outside: ReadonlySet<ColumnRef>, conjuncts: readonly Expression[]): Lookup | undefined;
}

/** A condition that is no equality of two columns, or reads what outer joins may pad. */
interface Edge {
  readonly conjunct: Expression;
  readonly members: ReadonlySet<number>;
  readonly selectivity: number;
  /** For an equality: the members that each side reads. */
  readonly sides: readonly [ReadonlySet<number>, ReadonlySet<number>] | undefined;
}

/** Two columns of one class, in two members. */
interface Link {
  readonly a: number;
  readonly b: number;
  readonly refA: ColumnRef;
  readonly refB: ColumnRef;
  readonly conjunct: Expression;
  readonly selectivity: number;
}

/** The links of one class, by the lesser member and the greater. */
type EqualityClass = readonly Link[];

type Contains = (member: number) => boolean;

export class JoinGraph {
  readonly members: readonly JoinMember[];
  readonly facts: Facts;
  readonly required: ReadonlySet<ColumnRef>;
  readonly edges: readonly Edge[];
  readonly classes: readonly EqualityClass[];
  /** Per member that is not inner: the members that have to be there before it. */
  readonly needs: readonly ReadonlySet<number>[];
  readonly #owner = new Map<ColumnRef, number>();

  constructor(
    members: readonly JoinMember[],
    options: { readonly conjuncts: readonly Expression[]; readonly facts: Facts; readonly required: ReadonlySet<ColumnRef> },
  ) {
    this.members = members;
    this.facts = options.facts;
    this.required = options.required;
    for (const [at, member] of members.entries()) for (const ref of member.plan.output) this.#owner.set(ref, at);
    this.needs = members.map(({ type, on }, at) => {
      const read = type === 'inner' ? new Set<number>() : this.#membersIn(on);
      read.delete(at);
      return read;
    });
    for (const member of members) if (member.type === 'semi') this.#capKeys(member);
    const { classes, others } = this.#classesOf(options.conjuncts);
    this.classes = classes;
    this.edges = others.map((conjunct) => this.#edgeOf(conjunct));
  }

  /** By what the product of two sets of members is multiplied to give their join: one factor a class, and every edge that becomes whole. */
  selectivity(inLeft: Contains, inRight: Contains): number {
    let product = 1;
    const fixed = new Map<number, Map<ColumnRef, number>>();
    for (const [number, links] of this.classes.entries()) {
      let best: number | undefined;
      for (const link of links) {
        if (!crosses(link, inLeft, inRight)) continue;
        best = Math.max(best ?? 0, link.selectivity);
        note(fixed, link.a, link.refA, number);
        note(fixed, link.b, link.refB, number);
      }
      if (best !== undefined) product *= best;
    }
    product *= this.#keyCorrection(fixed, inLeft, inRight);
    for (const edge of this.edges) if (completes(edge, inLeft, inRight)) product *= edge.selectivity;
    return product;
  }

  /** The conditions to check where two sets of members are joined, without those that others imply. */
  conjunctsBetween(inLeft: Contains, inRight: Contains): Expression[] {
    const found: Expression[] = [];
    for (const links of this.classes) {
      const link = links.find((candidate) => crosses(candidate, inLeft, inRight));
      if (link !== undefined) found.push(link.conjunct);
    }
    for (const edge of this.edges) if (completes(edge, inLeft, inRight)) found.push(edge.conjunct);
    return found;
  }

  /** Whether some equality has one side in each, so that a hash can join them. */
  isKeyed(inLeft: Contains, inRight: Contains): boolean {
    if (this.classes.some((links) => links.some((link) => crosses(link, inLeft, inRight)))) return true;
    return this.edges.some(({ sides }) => {
      if (sides === undefined) return false;
      const [one, other] = sides.map((side) => [...side]);
      return (one.every(inLeft) && other.every(inRight)) || (one.every(inRight) && other.every(inLeft));
    });
  }

  /** The members that an equality joins directly with `member`. */
  neighbours(member: number): Set<number> {
    const found = new Set<number>();
    for (const links of this.classes) {
      for (const { a, b } of links) {
        if (a === member) found.add(b);
        if (b === member) found.add(a);
      }
    }
    return found;
  }

  /** How many rows joining a member that is not inner leaves of `left` rows. */
  dependentRows(member: number, left: number): number {
    const { type, plan, on } = this.members[member];
    if (type === 'left') return left * Math.max(1, plan.rows * selectivityOfAll(on, this.facts));
    const outer = { rows: left, output: [...this.needs[member]].flatMap((at) => this.members[at].plan.output) };
    const matched = matchedShare(outer, plan, on, this.facts);
    return Math.max(0.5, left * (type === 'semi' ? matched : 1 - matched));
  }

  /** The columns to be handed out by the join of the members `inside`: those wanted above, and what is read later. */
  outputOf(columns: readonly ColumnRef[], inside: Contains): ColumnRef[] {
    const later = new Set<ColumnRef>(this.required);
    const note = (conjunct: Expression): void => {
      for (const ref of refsOf(conjunct)) later.add(ref);
    };
    for (const { members, conjunct } of this.edges) if (![...members].every(inside)) note(conjunct);
    for (const links of this.classes) for (const { a, b, conjunct } of links) if (inside(a) !== inside(b)) note(conjunct);
    for (const [at, { on }] of this.members.entries()) if (!inside(at)) on.forEach(note);
    return columns.filter((ref) => later.has(ref));
  }

  /** What a semi join leaves has no other keys than its right side. */
  #capKeys({ plan, on }: JoinMember): void {
    const right = new Set(plan.output);
    for (const conjunct of on) {
      const sides = equalSides(conjunct);
      for (const [ours, theirs] of sides === undefined
        ? []
        : [
            [sides.a, sides.b],
            [sides.b, sides.a],
          ]) {
        if (ours.kind !== 'column' || theirs.kind !== 'column' || !right.has(theirs.ref) || right.has(ours.ref)) continue;
        const known = this.facts.get(theirs.ref);
        this.facts.cap(ours.ref, known === undefined ? plan.rows : Math.min(plan.rows, distinctAmong(known, known.relation.kept)));
      }
    }
  }

  #membersIn(expressions: readonly Expression[]): Set<number> {
    const found = new Set<number>();
    for (const expression of expressions) {
      for (const ref of refsOf(expression)) {
        const at = this.#owner.get(ref);
        if (at !== undefined) found.add(at);
      }
    }
    return found;
  }

  #edgeOf(conjunct: Expression): Edge {
    const sides = equalSides(conjunct);
    const [left, right] = sides === undefined ? [] : [this.#membersIn([sides.a]), this.#membersIn([sides.b])];
    const isKey = left !== undefined && right !== undefined && left.size > 0 && right.size > 0 && ![...left].some((at) => right.has(at));
    return {
      conjunct,
      members: this.#anchored(this.#membersIn([conjunct])),
      selectivity: selectivityOfAll([conjunct], this.facts),
      sides: isKey ? [left, right] : undefined,
    };
  }

  /** What an outer join pads exists only once it is made: with the members that it needs, or any. */
  #anchored(members: ReadonlySet<number>): Set<number> {
    const all = new Set(members);
    for (const at of members) {
      if (this.members[at].type === 'inner') continue;
      for (const needed of this.needs[at]) all.add(needed);
      if (this.needs[at].size === 0) all.add(this.members.findIndex(({ type }) => type === 'inner'));
    }
    return all;
  }

  // ── classes of equal columns ────────────────────────────────────────────────────────────────────────────────────────────

  #classesOf(conjuncts: readonly Expression[]): { readonly classes: EqualityClass[]; readonly others: Expression[] } {
    const groups: { readonly columns: Map<ColumnRef, ColumnExpression>; readonly explicit: Expression[] }[] = [];
    const others: Expression[] = [];
    for (const conjunct of conjuncts) {
      const pair = this.#columnsMadeEqual(conjunct);
      if (pair === undefined) {
        others.push(conjunct);
        continue;
      }
      const touched = groups.filter(({ columns }) => pair.some(({ ref }) => columns.has(ref)));
      const columns = new Map([...touched.flatMap((group) => [...group.columns]), ...pair.map((each) => [each.ref, each] as const)]);
      const merged = { columns, explicit: [...touched.flatMap((group) => group.explicit), conjunct] };
      for (const group of touched) groups.splice(groups.indexOf(group), 1);
      groups.push(merged);
    }
    const classes: EqualityClass[] = [];
    for (const { columns, explicit } of groups) {
      const owners = [...columns.keys()].map((ref) => this.#owner.get(ref));
      // Two columns of one member: each equality has to be checked by itself.
      if (new Set(owners).size < owners.length) others.push(...explicit);
      else classes.push(this.#linksOf([...columns.values()], explicit));
    }
    for (const links of classes) for (const { refA, refB } of links) this.facts.equate(refA, refB);
    return { classes, others };
  }

  /** The two columns of an equality between inner members over one type, so that it may be passed on from column to column. */
  #columnsMadeEqual(conjunct: Expression): readonly [ColumnExpression, ColumnExpression] | undefined {
    const sides = equalSides(conjunct);
    if (sides === undefined || sides.nullsEqual || sides.a.kind !== 'column' || sides.b.kind !== 'column') return undefined;
    const [a, b] = [sides.a, sides.b].map((side) => (side.kind === 'column' ? this.#owner.get(side.ref) : undefined));
    if (a === undefined || b === undefined || a === b) return undefined;
    if (this.members[a].type !== 'inner' || this.members[b].type !== 'inner') return undefined;
    return sides.a.type.oid === sides.b.type.oid ? [sides.a, sides.b] : undefined;
  }

  #linksOf(columns: readonly ColumnExpression[], explicit: readonly Expression[]): EqualityClass {
    const [pattern] = explicit;
    const links: Link[] = [];
    for (const [at, first] of columns.entries()) {
      for (const second of columns.slice(at + 1)) {
        const given = explicit.find((conjunct) => refsOf(conjunct).has(first.ref) && refsOf(conjunct).has(second.ref));
        const conjunct = given ?? equalityLike(pattern, first, second);
        const [a, b] = [this.#owner.get(first.ref) ?? 0, this.#owner.get(second.ref) ?? 0];
        links.push({ a, b, refA: first.ref, refB: second.ref, conjunct, selectivity: selectivityOfAll([conjunct], this.facts) });
      }
    }
    return links;
  }

  /**
   * A key of several columns that classes fix together picks one row: what the factors of its classes say taken together, each taken for
   * independent, is made up for.
   */
  #keyCorrection(fixed: ReadonlyMap<number, ReadonlyMap<ColumnRef, number>>, inLeft: Contains, inRight: Contains): number {
    for (const [member, columns] of fixed) {
      if (columns.size < 2) continue;
      for (const ref of columns.keys()) {
        const relation = this.facts.get(ref)?.relation;
        const key = relation?.keys.find(
          (candidate) => candidate.columns.length > 1 && candidate.columns.every((part) => columns.has(part)),
        );
        if (relation === undefined || key === undefined) continue;
        const numbers = new Set(key.columns.map((part) => columns.get(part)));
        let product = 1;
        for (const [number, links] of this.classes.entries()) {
          if (!numbers.has(number)) continue;
          const crossing = links.filter((link) => crosses(link, inLeft, inRight) && (link.a === member || link.b === member));
          product *= Math.max(...crossing.map((link) => link.selectivity));
        }
        return Math.max(1, 1 / Math.max(1, key.domain) / product);
      }
    }
    return 1;
  }
}

function note(fixed: Map<number, Map<ColumnRef, number>>, member: number, ref: ColumnRef, number: number): void {
  fixed.set(member, (fixed.get(member) ?? new Map<ColumnRef, number>()).set(ref, number));
}

function crosses({ a, b }: Link, inLeft: Contains, inRight: Contains): boolean {
  return (inLeft(a) && inRight(b)) || (inLeft(b) && inRight(a));
}

/** All that it reads is there, and was not before. */
function completes({ members }: Edge, inLeft: Contains, inRight: Contains): boolean {
  let [left, right] = [true, true];
  for (const at of members) {
    const [isLeft, isRight] = [inLeft(at), inRight(at)];
    if (!isLeft && !isRight) return false;
    if (!isLeft) left = false;
    if (!isRight) right = false;
  }
  return !left && !right;
}

function equalityLike(pattern: Expression, first: ColumnExpression, second: ColumnExpression): Expression {
  return pattern.kind === 'call' ? { ...pattern, args: [column(first.ref, first.type), column(second.ref, second.type)] } : pattern;
}
