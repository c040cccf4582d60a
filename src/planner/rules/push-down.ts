/**
 * Moves conditions as close to the tables as they may go, and turns outer joins whose padding cannot survive into inner ones.
 *
 *     Filter(c)            Join
 *       Join        →       ├ Filter(c1)   what reads only the left
 *        ├ A                │   A
 *        └ B                └ Filter(c2)   what reads only the right
 *                               B          the rest joins
 *
 * Volatile conditions stay where they were written, and so does everything above a LIMIT.
 */
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import type { AggregatePlan, JoinPlan, Plan, ProjectPlan, SetOperationPlan } from '../../binder/plan.ts';
import { mapInputs, outputOf } from '../../binder/walk.ts';
import { BOOL, column, conjunction, conjunctsOf, isVolatile, hasSubquery, mayWait, refsOf, substitute } from '../expression-tools.ts';
import { sameExpression } from '../same-expression.ts';
import { factorOr } from './factor-or.ts';
import { impliedConstants, innerConjuncts } from './implied-constants.ts';
import { rejectedNulls } from './null-rejection.ts';

/** The plan with `conjuncts` applied to its rows, as deep as possible. */
export function pushDown(plan: Plan, conjuncts: readonly Expression[] = []): Plan {
  switch (plan.kind) {
    case 'filter': {
      const own = factorOr(plan.condition);
      const fixed = own.filter(isVolatile);
      if (fixed.length > 0)
        return filtered(
          filtered(
            pushDown(
              plan.input,
              own.filter((part) => !isVolatile(part)),
            ),
            fixed,
          ),
          conjuncts,
        );
      return pushDown(plan.input, [...own, ...conjuncts]); // what is written further in may guard what comes from further out
    }
    case 'project':
      return pushThroughProject(plan, conjuncts);
    case 'join':
      return pushThroughJoin(plan, conjuncts);
    case 'aggregate':
      return pushThroughAggregate(plan, conjuncts);
    case 'set_operation':
      return pushThroughSetOperation(plan, conjuncts);
    case 'sort':
    case 'lock':
      return { ...plan, input: pushDown(plan.input, conjuncts) };
    case 'with':
      return {
        ...plan,
        definitions: plan.definitions.map((definition) => ({ ...definition, plan: pushDown(definition.plan) })),
        body: pushDown(plan.body, conjuncts),
      };
    case 'distinct': {
      const keys = new Set(plan.on.flatMap((key) => (key.kind === 'column' ? [key.ref] : [])));
      const [inside, outside] = split(conjuncts, (conjunct) => readsOnly(conjunct, outputOf(plan), keys));
      return filtered({ ...plan, input: pushDown(plan.input, inside) }, outside);
    }
    case 'window': {
      const keys = new Set(plan.partitionBy.flatMap((key) => (key.kind === 'column' ? [key.ref] : [])));
      const [inside, outside] = split(conjuncts, (conjunct) => readsOnly(conjunct, outputOf(plan), keys));
      return filtered({ ...plan, input: pushDown(plan.input, inside) }, outside);
    }
    case 'project_set': {
      const input = new Set(outputOf(plan.input));
      const [inside, outside] = split(conjuncts, (conjunct) => readsOnly(conjunct, outputOf(plan), input));
      return filtered({ ...plan, input: pushDown(plan.input, inside) }, outside);
    }
    default:
      return filtered(
        mapInputs(plan, (input) => pushDown(input)),
        conjuncts,
      );
  }
}

/** A filter over the plan, or the plan itself when there is nothing to ask. */
export function filtered(plan: Plan, conjuncts: readonly Expression[]): Plan {
  const condition = conjunction(conjuncts);
  if (condition === undefined) return plan;
  if (plan.kind === 'filter')
    return { ...plan, condition: { kind: 'and', args: [...conjunctsOf(plan.condition), ...conjuncts], type: BOOL } };
  return { kind: 'filter', input: plan, condition };
}

/** Of the columns that this level makes, the condition reads only `allowed`; columns from outside are free. */
function readsOnly(condition: Expression, made: readonly ColumnRef[], allowed: ReadonlySet<ColumnRef>): boolean {
  if (isVolatile(condition)) return false;
  const here = new Set(made);
  for (const ref of refsOf(condition)) if (here.has(ref) && !allowed.has(ref)) return false;
  return true;
}

function split<T>(items: readonly T[], test: (item: T) => boolean): readonly [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}

function pushThroughProject(plan: ProjectPlan, conjuncts: readonly Expression[]): Plan {
  const items = new Map(plan.items.map((item) => [item.ref, item.expression]));
  const movable = (conjunct: Expression): boolean => {
    if (isVolatile(conjunct)) return false;
    for (const ref of refsOf(conjunct)) {
      const item = items.get(ref);
      if (item !== undefined && mayWait(item)) return false;
    }
    return true;
  };
  const [inside, outside] = split(conjuncts, movable);
  return filtered(
    {
      ...plan,
      input: pushDown(
        plan.input,
        inside.map((conjunct) => substitute(conjunct, items)),
      ),
    },
    outside,
  );
}

function pushThroughAggregate(plan: AggregatePlan, conjuncts: readonly Expression[]): Plan {
  const groups = new Map(plan.groups.map((group) => [group.ref, group.expression]));
  const everywhere = new Set(
    plan.groups.filter((_, at) => plan.sets === undefined || plan.sets.every((set) => set.includes(at))).map((group) => group.ref),
  );
  const [inside, outside] = split(
    conjuncts,
    (conjunct) =>
      everywhere.size > 0 &&
      readsOnly(conjunct, outputOf(plan), everywhere) &&
      ![...refsOf(conjunct)].some((ref) => mayWaitAt(groups, ref)),
  );
  return filtered(
    {
      ...plan,
      input: pushDown(
        plan.input,
        inside.map((conjunct) => substitute(conjunct, groups)),
      ),
    },
    outside,
  );
}

function mayWaitAt(items: ReadonlyMap<ColumnRef, Expression>, ref: ColumnRef): boolean {
  const item = items.get(ref);
  return item !== undefined && mayWait(item);
}

function pushThroughSetOperation(plan: SetOperationPlan, conjuncts: readonly Expression[]): Plan {
  const [inside, outside] = split(conjuncts, (conjunct) => !isVolatile(conjunct) && !hasSubquery(conjunct));
  const towards = (columns: readonly ColumnRef[]): Expression[] => {
    const renamed = new Map(plan.output.map((ref, at) => [ref, column(columns[at], plan.types[at])]));
    return inside.map((conjunct) => substitute(conjunct, renamed));
  };
  return filtered(
    { ...plan, left: pushDown(plan.left, towards(plan.leftColumns)), right: pushDown(plan.right, towards(plan.rightColumns)) },
    outside,
  );
}

function pushThroughJoin(given: JoinPlan, conjuncts: readonly Expression[]): Plan {
  const plan = simplifyOuter(given, conjuncts);
  const left = new Set(outputOf(plan.left));
  const right = new Set(outputOf(plan.right));
  const readsLeft = (conjunct: Expression): boolean => reads(conjunct, left);
  const readsRight = (conjunct: Expression): boolean => reads(conjunct, right);
  const own = plan.condition === undefined ? [] : factorOr(plan.condition);
  switch (plan.type) {
    case 'inner': {
      const given = [...conjuncts, ...own];
      const constants = impliedConstants([...given, ...innerConjuncts(plan.left), ...innerConjuncts(plan.right)]);
      const all = [...given, ...constants, ...implied(given, left), ...implied(given, right)];
      const [fixed, movable] = split(all, isVolatile);
      const [forLeft, others] = split(movable, (conjunct) => !readsRight(conjunct) && readsLeft(conjunct));
      const [forRight, both] = split(others, (conjunct) => !readsLeft(conjunct) && readsRight(conjunct));
      // A condition that reads neither side is a gate over the whole join.
      const [gates, joining] = split(both, (conjunct) => !readsLeft(conjunct) && !readsRight(conjunct));
      const [waiting, plain] = split(joining, mayWait);
      return filtered(
        { ...plan, left: pushDown(plan.left, forLeft), right: pushDown(plan.right, forRight), condition: conjunction(plain) },
        [...waiting, ...gates, ...fixed],
      );
    }
    case 'left': {
      const [forLeft, above] = split(conjuncts, (conjunct) => !readsRight(conjunct) && !isVolatile(conjunct));
      const matching = [...own, ...matchingConstants(plan, own, forLeft, right)];
      const [forRight, condition] = split(matching, (conjunct) => !readsLeft(conjunct) && readsRight(conjunct) && !isVolatile(conjunct));
      return filtered(
        { ...plan, left: pushDown(plan.left, forLeft), right: pushDown(plan.right, forRight), condition: conjunction(condition) },
        above,
      );
    }
    case 'semi':
    case 'anti': {
      const [fixed, movable] = split(conjuncts, isVolatile);
      const matching = [...own, ...matchingConstants(plan, own, movable, right)];
      const [forRight, condition] = split(matching, (conjunct) => !readsLeft(conjunct) && readsRight(conjunct) && !isVolatile(conjunct));
      return filtered(
        { ...plan, left: pushDown(plan.left, movable), right: pushDown(plan.right, forRight), condition: conjunction(condition) },
        fixed,
      );
    }
    case 'right':
    case 'full':
      return filtered({ ...plan, left: pushDown(plan.left), right: pushDown(plan.right), condition: conjunction(own) }, conjuncts);
  }
}

/** What rows of the right side must have to match rows of the left that pass `forLeft`. */
function matchingConstants(
  plan: JoinPlan,
  own: readonly Expression[],
  forLeft: readonly Expression[],
  right: ReadonlySet<ColumnRef>,
): Expression[] {
  const constants = impliedConstants([...own, ...forLeft, ...innerConjuncts(plan.left)]);
  const there = innerConjuncts(plan.right);
  return constants.filter(
    (condition) => [...refsOf(condition)].every((ref) => right.has(ref)) && !there.some((known) => sameExpression(known, condition)),
  );
}

/** RIGHT becomes LEFT with its sides exchanged; an outer join whose padding the conditions above reject loses that side. */
function simplifyOuter(plan: JoinPlan, conjuncts: readonly Expression[]): JoinPlan {
  let { type } = plan;
  if (type === 'inner' || type === 'semi' || type === 'anti') return plan;
  const rejected = new Set(conjuncts.flatMap((conjunct) => [...rejectedNulls(conjunct)]));
  const rejectsLeft = outputOf(plan.left).some((ref) => rejected.has(ref));
  const rejectsRight = outputOf(plan.right).some((ref) => rejected.has(ref));
  if (type === 'full') type = rejectsLeft ? (rejectsRight ? 'inner' : 'left') : rejectsRight ? 'right' : 'full';
  if (type === 'left' && rejectsRight) type = 'inner';
  if (type === 'right' && rejectsLeft) type = 'inner';
  if (type === 'right' && !plan.lateral) return { ...plan, type: 'left', left: plan.right, right: plan.left };
  return { ...plan, type };
}

function reads(condition: Expression, made: ReadonlySet<ColumnRef>): boolean {
  for (const ref of refsOf(condition)) if (made.has(ref)) return true;
  return false;
}

/** From an OR over both sides: what it says about one side alone, when every branch says something about it. */
function implied(conjuncts: readonly Expression[], side: ReadonlySet<ColumnRef>): Expression[] {
  return conjuncts.flatMap((conjunct) => {
    if (conjunct.kind !== 'or' || hasSubquery(conjunct) || isVolatile(conjunct)) return [];
    const onSide = conjunct.args.map((branch) =>
      conjunctsOf(branch).filter((part) => refsOf(part).size > 0 && [...refsOf(part)].every((ref) => side.has(ref))),
    );
    if (onSide.some((parts) => parts.length === 0) || [...refsOf(conjunct)].every((ref) => side.has(ref))) return [];
    return [{ kind: 'or' as const, args: onSide.map((parts) => conjunction(parts) ?? conjunct), type: BOOL }];
  });
}
