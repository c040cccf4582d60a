/** pg_proc, pg_aggregate, pg_operator, pg_cast and pg_language, from the function registry. */
import type { SqlFunction } from '../../types/function.ts';
import { OID } from '../../types/oid.ts';
import { buildRegistry } from '../../types/registry.ts';
import type { SystemRelationRows, SystemRow } from './define.ts';
import { numbered, type NumberedFunction } from './functions.ts';
import { OWNER_OID, vector } from './objects.ts';

const PG_CATALOG = 11;
const INTERNAL = 12;

export const pgProc: SystemRelationRows = {
  *pg_proc() {
    for (const each of numbered().functions) yield functionRow(each);
  },
  *pg_aggregate() {
    for (const { oid, definition } of numbered().functions) {
      if (definition?.kind === 'aggregate')
        yield { aggfnoid: oid, aggkind: definition.orderedSet === true ? 'o' : 'n', aggfinalmodify: 'r', aggmfinalmodify: 'r' };
    }
  },
  *pg_operator() {
    const { operators, functions } = numbered();
    const byDefinition = new Map(functions.map((each) => [each.definition, each.oid]));
    for (const { oid, definition } of operators) {
      yield {
        oid,
        oprname: definition.name,
        oprnamespace: PG_CATALOG,
        oprowner: OWNER_OID,
        oprkind: definition.left === undefined ? 'l' : 'b',
        oprcanmerge: definition.name === '=',
        oprcanhash: definition.name === '=',
        oprleft: definition.left ?? 0,
        oprright: definition.right,
        oprresult: definition.function.result,
        oprcode: byDefinition.get(definition.function) ?? 0,
      };
    }
  },
  *pg_cast() {
    let oid = 10_000;
    for (const cast of buildRegistry().casts())
      yield {
        oid: oid++,
        castsource: cast.source,
        casttarget: cast.target,
        castcontext: cast.context === 'implicit' ? 'i' : cast.context === 'assignment' ? 'a' : 'e',
        castmethod: 'f',
      };
  },
  *pg_language() {
    const shared = { lanowner: OWNER_OID };
    yield { ...shared, oid: 12, lanname: 'internal', lanvalidator: 2246 };
    yield { ...shared, oid: 13, lanname: 'c', lanvalidator: 2247 };
    yield { ...shared, oid: 14, lanname: 'sql', lanpltrusted: true, lanvalidator: 2248 };
  },
};

function functionRow({ oid, name, arguments: args, result, definition }: NumberedFunction): SystemRow {
  const kinds: Readonly<Record<SqlFunction['kind'], string>> = { scalar: 'f', set: 'f', aggregate: 'a', window: 'w' };
  const volatility = definition !== undefined && 'volatility' in definition ? definition.volatility : 'immutable';
  return {
    oid,
    proname: name,
    pronamespace: PG_CATALOG,
    proowner: OWNER_OID,
    prolang: INTERNAL,
    procost: 1,
    prorows: definition?.kind === 'set' ? 1000 : 0,
    provariadic: definition?.variadic ?? 0,
    prokind: definition === undefined ? 'f' : kinds[definition.kind],
    proisstrict: definition !== undefined && 'strict' in definition ? definition.strict : definition === undefined,
    proretset: definition?.kind === 'set',
    provolatile: volatility === 'immutable' ? 'i' : volatility === 'stable' ? 's' : 'v',
    proparallel: 's',
    pronargs: args.length,
    pronargdefaults: definition?.defaults?.length ?? 0,
    prorettype: definition?.kind === 'set' && definition.columns !== undefined ? OID.record : result,
    proargtypes: vector(args),
    prosrc: name,
  };
}
