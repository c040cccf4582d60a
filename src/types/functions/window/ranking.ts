import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction, WindowFrame } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { Value } from '../../value.ts';
import { windowFunction } from '../define.ts';

const { int4, int8, float8 } = OID;

/** The window functions that count rows: row_number, the ranks, cume_dist and ntile. */
export function rankingFunctions(): SqlFunction[] {
  return [
    windowFunction('row_number', [], int8, (frame) => frame.row + 1),
    windowFunction('rank', [], int8, (frame) => frame.peerStart + 1),
    windowFunction('dense_rank', [], int8, (frame) => frame.peerGroup + 1),
    windowFunction('percent_rank', [], float8, (frame) => (frame.rowCount > 1 ? frame.peerStart / (frame.rowCount - 1) : 0)),
    windowFunction('cume_dist', [], float8, (frame) => frame.peerEnd / frame.rowCount),
    windowFunction('ntile', [int4], int4, bucketOf),
  ];
}

/** The first `rowCount mod n` buckets hold one row more than the others. The first row's argument counts for all. */
function bucketOf(frame: WindowFrame): Value {
  const buckets = frame.argument(0, 0);
  if (buckets === null) return null;
  const count = Number(buckets);
  if (count <= 0) throw new SqlError('invalid_argument_for_ntile_function', 'argument of ntile must be greater than zero');
  const size = Math.floor(frame.rowCount / count);
  const larger = frame.rowCount % count;
  const inLarger = larger * (size + 1);
  return frame.row < inLarger ? Math.floor(frame.row / (size + 1)) + 1 : larger + Math.floor((frame.row - inLarger) / size) + 1;
}
