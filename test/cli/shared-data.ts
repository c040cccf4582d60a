/** The data that several projects test with; it lies beside the project, or where VELOCIDB_SHARED says. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const SHARED_DATA = join(process.env['VELOCIDB_SHARED'] ?? join(import.meta.dirname, '../../../shared'), 'data');
export const HAS_SHARED_DATA = existsSync(SHARED_DATA);
