/** PREPARE's statements by name. */
import { SqlError } from '../base/sql-error.ts';
import type { ParsedStatement } from '../sql/parse.ts';
import type { Oid } from '../types/oid.ts';

export interface NamedStatement {
  readonly statement: ParsedStatement;
  readonly types: readonly (Oid | undefined)[];
}

export class PreparedStatements {
  readonly #byName = new Map<string, NamedStatement>();

  add(name: string, prepared: NamedStatement): void {
    if (this.#byName.has(name)) throw new SqlError('duplicate_prepared_statement', `prepared statement "${name}" already exists`);
    this.#byName.set(name, prepared);
  }

  get(name: string): NamedStatement {
    const found = this.#byName.get(name);
    if (found === undefined) throw new SqlError('invalid_sql_statement_name', `prepared statement "${name}" does not exist`);
    return found;
  }

  remove(name: string): void {
    this.get(name);
    this.#byName.delete(name);
  }

  clear(): void {
    this.#byName.clear();
  }
}
