import type { SqlFunction } from '../../function.ts';
import { OID, type Oid } from '../../oid.ts';
import type { Value } from '../../value.ts';
import { ARRAY, scalar, STABLE, type Traits, VOLATILE } from '../define.ts';

const { bool, int2, int4, int8, name, text, oid, regclass, pg_node_tree } = OID;

interface Described {
  readonly result: Oid;
  readonly signatures: readonly (readonly Oid[])[];
  /** The answer where the catalog has none. */
  readonly otherwise: Value;
  readonly traits?: Traits;
}

/** Functions that the catalog answers through `describe`, by name: definitions, comments, sizes, visibility, privileges. */
export function describedFunctions(): SqlFunction[] {
  return Object.entries(DESCRIBED).flatMap(([called, { result, signatures, otherwise, traits }]) =>
    signatures.map((args) =>
      scalar(
        called,
        args,
        result,
        (context, ...values: Value[]) => {
          const answer = context.catalog.describe(called, values);
          return answer === undefined ? otherwise : answer;
        },
        traits ?? STABLE,
      ),
    ),
  );
}

const visible: Described = { result: bool, signatures: [[oid]], otherwise: true };
const textOf = (...signatures: readonly (readonly Oid[])[]): Described => ({ result: text, signatures, otherwise: null });
const sizeOf = (...signatures: readonly (readonly Oid[])[]): Described => ({ result: int8, signatures, otherwise: 0, traits: VOLATILE });

/** has_…_privilege(user?, object, …, privilege): everything is allowed unless the catalog says no. */
function privilege(...subject: readonly (readonly Oid[])[]): Described {
  const signatures = subject.flatMap((object) => [
    [...object, text],
    [name, ...object, text],
    [oid, ...object, text],
  ]);
  return { result: bool, signatures, otherwise: true };
}

const DESCRIBED: Readonly<Record<string, Described>> = {
  pg_get_constraintdef: textOf([oid], [oid, bool]),
  pg_get_expr: textOf([pg_node_tree, oid], [pg_node_tree, oid, bool]),
  pg_get_indexdef: textOf([oid], [oid, int4, bool]),
  pg_get_viewdef: textOf([oid], [oid, bool], [oid, int4], [text], [text, bool]),
  pg_get_triggerdef: textOf([oid], [oid, bool]),
  pg_get_ruledef: textOf([oid], [oid, bool]),
  pg_get_functiondef: textOf([oid]),
  pg_get_function_arguments: textOf([oid]),
  pg_get_function_identity_arguments: textOf([oid]),
  pg_get_function_result: textOf([oid]),
  pg_get_function_sqlbody: textOf([oid]),
  pg_get_function_arg_default: textOf([oid, int4]),
  pg_get_partkeydef: textOf([oid]),
  pg_get_partition_constraintdef: textOf([oid]),
  pg_get_statisticsobjdef: textOf([oid]),
  pg_get_statisticsobjdef_columns: textOf([oid]),
  pg_get_serial_sequence: textOf([text, text]),
  pg_get_replica_identity_index: { result: regclass, signatures: [[regclass]], otherwise: null },
  pg_describe_object: textOf([oid, oid, int4]),
  pg_tablespace_location: textOf([oid]),
  pg_collation_actual_version: { result: text, signatures: [[oid]], otherwise: null, traits: VOLATILE },
  obj_description: textOf([oid], [oid, name]),
  col_description: textOf([oid, int4]),
  shobj_description: textOf([oid, name]),
  pg_relation_size: sizeOf([regclass], [regclass, text]),
  pg_total_relation_size: sizeOf([regclass]),
  pg_table_size: sizeOf([regclass]),
  pg_indexes_size: sizeOf([regclass]),
  pg_database_size: sizeOf([name], [oid]),
  pg_tablespace_size: sizeOf([name], [oid]),
  pg_sequence_last_value: { result: int8, signatures: [[regclass]], otherwise: null, traits: VOLATILE },
  pg_relation_filenode: { result: oid, signatures: [[regclass]], otherwise: null },
  pg_relation_is_updatable: { result: int4, signatures: [[regclass, bool]], otherwise: 28 },
  pg_column_is_updatable: { result: bool, signatures: [[regclass, int2, bool]], otherwise: true },
  pg_partition_root: { result: regclass, signatures: [[regclass]], otherwise: null },
  pg_index_column_has_property: { result: bool, signatures: [[regclass, int4, text]], otherwise: null },
  pg_index_has_property: { result: bool, signatures: [[regclass, text]], otherwise: null },
  pg_indexam_has_property: { result: bool, signatures: [[oid, text]], otherwise: null },
  pg_table_is_visible: visible,
  pg_type_is_visible: visible,
  pg_function_is_visible: visible,
  pg_operator_is_visible: visible,
  pg_opclass_is_visible: visible,
  pg_opfamily_is_visible: visible,
  pg_conversion_is_visible: visible,
  pg_collation_is_visible: visible,
  pg_statistics_obj_is_visible: visible,
  pg_ts_config_is_visible: visible,
  pg_ts_dict_is_visible: visible,
  pg_ts_parser_is_visible: visible,
  pg_ts_template_is_visible: visible,
  pg_relation_is_publishable: { result: bool, signatures: [[regclass]], otherwise: false },
  acldefault: { result: ARRAY.text, signatures: [[OID.char, oid]], otherwise: null },
  row_security_active: { result: bool, signatures: [[oid], [text]], otherwise: false },
  has_table_privilege: privilege([text], [oid]),
  has_any_column_privilege: privilege([text], [oid]),
  has_column_privilege: privilege([text, text], [text, int2], [oid, text], [oid, int2]),
  has_sequence_privilege: privilege([text], [oid]),
  has_schema_privilege: privilege([text], [oid]),
  has_database_privilege: privilege([text], [oid]),
  has_function_privilege: privilege([text], [oid]),
  has_type_privilege: privilege([text], [oid]),
  has_language_privilege: privilege([text], [oid]),
  has_tablespace_privilege: privilege([text], [oid]),
  has_foreign_data_wrapper_privilege: privilege([text], [oid]),
  has_server_privilege: privilege([text], [oid]),
  has_parameter_privilege: privilege([text]),
  pg_has_role: privilege([name], [oid]),
  pg_backend_pid: { result: int4, signatures: [[]], otherwise: 1 },
  pg_blocking_pids: { result: ARRAY.int4, signatures: [[int4]], otherwise: null, traits: VOLATILE },
  pg_cancel_backend: { result: bool, signatures: [[int4]], otherwise: false, traits: VOLATILE },
  pg_terminate_backend: { result: bool, signatures: [[int4, int8]], otherwise: false, traits: { volatility: 'volatile', defaults: [0] } },
  to_regproc: { result: OID.regproc, signatures: [[text]], otherwise: null },
  to_regprocedure: { result: OID.regprocedure, signatures: [[text]], otherwise: null },
  to_regoper: { result: OID.regoper, signatures: [[text]], otherwise: null },
  to_regrole: { result: OID.regrole, signatures: [[text]], otherwise: null },
};
