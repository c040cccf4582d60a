/**
 * One plan for all values of a statement's parameters, or one for each, as PostgreSQL decides it (its plancache.c): the first five runs
 * are planned for their values; after that the one plan for all is kept unless those for values were cheaper on average, their planning
 * included.
 */
import type { PhysicalQuery } from '../planner/physical.ts';

const CUSTOM_PLANS = 5;

/** What making a plan costs, in the planner's microseconds (planner/cost.ts), by the tables it reads. */
const PLANNING_COST = 300;

/** Below this cost no other plan wins back what making it costs. */
const CHEAP_COST = PLANNING_COST * 2;

export class PlanChoice {
  readonly #general: PhysicalQuery;
  readonly #planningCost: number;
  #customPlans = 0;
  #customCost = 0;

  /** `general` is the plan for any values, which reads so many tables. */
  constructor(general: PhysicalQuery, tables: number) {
    this.#general = general;
    this.#planningCost = PLANNING_COST * (tables + 1);
  }

  /** The plan to run; `custom` makes one for the values of this run. */
  choose(custom: () => PhysicalQuery): PhysicalQuery {
    const { cost } = this.#general.root;
    if (cost < CHEAP_COST) return this.#general;
    if (this.#customPlans >= CUSTOM_PLANS && cost <= this.#customCost / this.#customPlans) return this.#general;
    const plan = custom();
    this.#customPlans++;
    this.#customCost += plan.root.cost + this.#planningCost;
    return plan;
  }
}
