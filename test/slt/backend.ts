/** Where logic tests run: in process, or over the wire. */
import { open } from '../../src/index.ts';
import { SqlError } from '../../src/base/sql-error.ts';
import type { TextRow } from './compare.ts';

export interface TextResult {
  readonly columns: number;
  readonly rows: readonly TextRow[];
}

/** One database with one session. `run` throws an error with a `code`. */
export interface SltBackend {
  run(sql: string): Promise<TextResult>;
  cancel(): void;
  close(): Promise<void>;
}

export async function inProcess(): Promise<SltBackend> {
  const database = await open('memory:');
  const session = database.session();
  return {
    async run(sql) {
      let last: TextResult = { columns: 0, rows: [] };
      for await (const result of session.run(sql)) {
        const fields = result.fields ?? [];
        last = {
          columns: fields.length,
          rows: result.rows.map((row) => row.map((value, at) => (value === null ? null : session.textOfValue(fields[at].type.oid, value)))),
        };
      }
      return last;
    },
    cancel: () => session.cancel(),
    async close() {
      await session.close();
      await database.close();
    },
  };
}

/** The SQLSTATE of a failure; XX000 for what is no `SqlError`. */
export function codeOf(error: unknown): string {
  if (error instanceof SqlError) return error.code;
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') return error.code;
  return 'XX000';
}
