import { type SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { SqlType } from '../../type.ts';
import type { Row, SqlArray } from '../../value.ts';
import { ARRAY, setReturning, STABLE } from '../define.ts';

const { int4, text, anyarray, anyelement, regclass } = OID;
type Types = readonly SqlType[];

/** Sets that clients ask of the catalog: arrays with positions, options, and partitions, of which there are none. */
export function catalogSetFunctions(): SqlFunction[] {
  const expanded = [
    { name: 'x', type: anyelement },
    { name: 'n', type: int4 },
  ];
  const options = [
    { name: 'option_name', type: text },
    { name: 'option_value', type: text },
  ];
  return [
    setReturning(
      '_pg_expandarray',
      [anyarray],
      anyelement,
      (_, _types: Types, array: SqlArray) => array.items.map((item, at): Row => [item, at + 1]),
      { columns: expanded },
    ),
    setReturning(
      'pg_options_to_table',
      [ARRAY.text],
      text,
      (_, _types: Types, array: SqlArray) => array.items.map((item) => option(String(item))),
      { ...STABLE, columns: options },
    ),
    setReturning('pg_partition_ancestors', [regclass], regclass, () => []),
  ];
}

function option(text: string): Row {
  const at = text.indexOf('=');
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}
