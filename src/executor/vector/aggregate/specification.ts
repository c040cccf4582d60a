/** Aggregate calls as states of tuples: which state, which kernel fills it, and what its value is in the end. */
import type { AggregateCall } from '../../../binder/expression.ts';
import type { StateKind } from '../../../kernels/tuple-layout.ts';
import { OID } from '../../../types/oid.ts';
import type { SqlType } from '../../../types/type.ts';
import type { VectorScope } from '../context.ts';
import type { VectorExpression } from '../expression/ir.ts';
import type { Form } from '../vector.ts';

/** How a state is filled. */
export type Folding = 'count' | 'sum' | 'min' | 'max' | 'and' | 'or' | 'variance';

/** What is computed from a state at the end. */
export type Finishing =
  | 'count'
  | 'sum'
  | 'average'
  | 'value'
  | 'variance_population'
  | 'variance_sample'
  | 'deviation_population'
  | 'deviation_sample';

export interface AggregateSpecification {
  readonly folding: Folding;
  readonly finishing: Finishing;
  readonly state: StateKind;
  /** Undefined: every row counts. */
  readonly arg: VectorExpression | undefined;
  /** Of a sum whose values show different numbers of decimal places: how many each shows. The sum shows the most. */
  readonly shown: VectorExpression | undefined;
  readonly filter: VectorExpression | undefined;
  readonly distinct: boolean;
  readonly argType: SqlType | undefined;
  readonly type: SqlType;
  /** The form of its value; undefined where only rows can hold it. */
  readonly form: Form | undefined;
}

const I64: Form = { type: 'i64', scale: 0 };
const F64: Form = { type: 'f64', scale: 0 };
/** Most averages show 16 decimal places; a group whose average shows others is for rows. */
const AVERAGE: Form = { type: 'i64', scale: 16 };
const BOOL: Form = { type: 'bool', scale: 0 };

/** The call as a state; undefined when only rows can run it. `scope` is over the aggregate's input. */
export function specificationOf(call: AggregateCall, scope: VectorScope): AggregateSpecification | undefined {
  if (call.orderBy.length > 0 || call.direct.length > 0 || call.args.length > 1) return undefined;
  const filter = call.filter === undefined ? undefined : scope.lower(call.filter);
  if (call.filter !== undefined && filter === undefined) return undefined;
  const common = { filter, shown: undefined, distinct: call.distinct, type: call.type, argType: call.args.at(0)?.type };
  const { name } = call.function;
  if (call.args.length === 0)
    return name === 'count' ? { ...common, folding: 'count', finishing: 'count', state: 'count', arg: undefined, form: I64 } : undefined;
  const arg = scope.lower(call.args[0]);
  if (arg === undefined) {
    const mixed = name === 'sum' && !call.distinct ? scope.lowerMixed(call.args[0]) : undefined;
    return mixed && { ...common, arg: mixed.value, shown: mixed.shown, folding: 'sum', finishing: 'sum', state: 'sumInt', form: undefined };
  }
  const kind = kindOf(name, arg, call.args[0].type, call.type);
  return kind === undefined ? undefined : { ...common, arg, ...kind };
}

type Kind = Pick<AggregateSpecification, 'folding' | 'finishing' | 'state' | 'form'>;

function kindOf(name: string, arg: VectorExpression, argType: SqlType, type: SqlType): Kind | undefined {
  const isFloat = arg.type === 'f64';
  const isNumber = isFloat || arg.type === 'i32' || arg.type === 'i64';
  const isSummable = argType.oid === OID.int2 || argType.oid === OID.int4 || argType.oid === OID.int8 || argType.oid === OID.numeric;
  switch (name) {
    case 'count':
      return { folding: 'count', finishing: 'count', state: 'count', form: I64 };
    case 'sum':
      if (argType.oid === OID.float8) return { folding: 'sum', finishing: 'sum', state: 'sumF64', form: F64 };
      return isSummable && !isFloat
        ? { folding: 'sum', finishing: 'sum', state: 'sumInt', form: { type: 'i64', scale: arg.scale } }
        : undefined;
    case 'avg':
      if (isFloat && type.oid === OID.float8) return { folding: 'sum', finishing: 'average', state: 'sumF64', form: F64 };
      return isSummable && !isFloat ? { folding: 'sum', finishing: 'average', state: 'sumInt', form: AVERAGE } : undefined;
    case 'min':
    case 'max':
      if (arg.type === 'bool' || (!isNumber && arg.type !== 'str')) return undefined;
      return { folding: name, finishing: 'value', state: 'extreme', form: { type: arg.type, scale: arg.scale } };
    case 'bool_and':
    case 'every':
      return { folding: 'and', finishing: 'value', state: 'logic', form: BOOL };
    case 'bool_or':
      return { folding: 'or', finishing: 'value', state: 'logic', form: BOOL };
    default: {
      const finishing = argType.oid === OID.float8 ? VARIANCES[name] : undefined;
      return finishing === undefined ? undefined : { folding: 'variance', finishing, state: 'variance', form: undefined };
    }
  }
}

const VARIANCES: Readonly<Record<string, Finishing | undefined>> = {
  var_pop: 'variance_population',
  var_samp: 'variance_sample',
  variance: 'variance_sample',
  stddev_pop: 'deviation_population',
  stddev_samp: 'deviation_sample',
  stddev: 'deviation_sample',
};
