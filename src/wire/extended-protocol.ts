/** Parse, Bind, Describe, Execute, Close: named and unnamed statements and portals of one connection. */
import { SqlError } from '../base/sql-error.ts';
import type { Portal, PreparedStatement, Session } from '../session/session.ts';
import { oid } from '../types/oid.ts';
import type { Value } from '../types/value.ts';
import type { BackendWriter } from './backend-writer.ts';
import { valueOfBinary } from './binary.ts';
import { textOfClient, type BodyReader } from './body-reader.ts';
import { formatAt, sendRows } from './rows.ts';

interface BoundPortal {
  readonly portal: Portal;
  readonly formats: readonly number[];
  /** An empty statement has no rows and no tag. */
  readonly empty: boolean;
}

const STATEMENTS_MAX = 10_000;

export class ExtendedProtocol {
  readonly #session: Session;
  readonly #writer: BackendWriter;
  readonly #relieve: () => Promise<void>;
  readonly #statements = new Map<string, PreparedStatement>();
  readonly #portals = new Map<string, BoundPortal>();

  constructor(session: Session, writer: BackendWriter, relieve: () => Promise<void>) {
    this.#session = session;
    this.#writer = writer;
    this.#relieve = relieve;
  }

  /** A simple query destroys the unnamed statement and portal. */
  forgetUnnamed(): void {
    this.#statements.delete('');
    this.#portals.delete('');
  }

  /** Outside a transaction block portals end with their transaction. */
  endOfPipeline(): void {
    if (this.#session.status === 'idle') this.#portals.clear();
  }

  async parse(body: BodyReader): Promise<void> {
    const name = body.cstring();
    const text = body.cstring();
    const types = Array.from({ length: body.int16() }, () => oid(body.uint32()));
    body.end();
    if (name !== '' && this.#statements.has(name)) throw new SqlError('duplicate_prepared_statement', `prepared statement "${name}" already exists`);
    if (this.#statements.size >= STATEMENTS_MAX) throw new SqlError('insufficient_resources', `there are more than ${STATEMENTS_MAX} prepared statements`);
    this.#statements.set(
      name,
      await this.#session.prepare(
        text,
        types.map((type) => (type === 0 ? undefined : type)),
      ),
    );
    this.#writer.empty('1');
  }

  async bind(body: BodyReader): Promise<void> {
    const portalName = body.cstring();
    const statement = this.#statement(body.cstring());
    const parameterFormats = Array.from({ length: body.int16() }, () => body.int16());
    const count = body.int16();
    if (count !== statement.parameterTypes.length) {
      throw new SqlError('protocol_violation', `bind message supplies ${count} parameters, but prepared statement requires ${statement.parameterTypes.length}`);
    }
    if (parameterFormats.length > 1 && parameterFormats.length !== count) {
      throw new SqlError('protocol_violation', `bind message has ${parameterFormats.length} parameter formats but ${count} parameters`);
    }
    const values = statement.parameterTypes.map((type, at) => this.#parameter(body, type, formatAt(parameterFormats, at)));
    const formats = Array.from({ length: body.int16() }, () => body.int16());
    body.end();
    if (portalName !== '' && this.#portals.has(portalName)) throw new SqlError('duplicate_cursor', `portal "${portalName}" already exists`);
    await this.#portals.get(portalName)?.portal.close();
    this.#portals.set(portalName, { portal: await this.#session.open(statement, values), formats, empty: statement.text.trim() === '' });
    this.#writer.empty('2');
  }

  describe(body: BodyReader): void {
    const kind = body.byte();
    const name = body.cstring();
    if (kind === STATEMENT) {
      const statement = this.#statement(name);
      this.#writer.parameterDescription(statement.parameterTypes);
      if (statement.fields === undefined) this.#writer.empty('n');
      else this.#writer.rowDescription(statement.fields, []);
      return;
    }
    const { portal, formats } = this.#portal(name);
    if (portal.fields === undefined) this.#writer.empty('n');
    else
      this.#writer.rowDescription(
        portal.fields,
        portal.fields.map((_, at) => formatAt(formats, at)),
      );
  }

  async execute(body: BodyReader): Promise<void> {
    const { portal, formats, empty } = this.#portal(body.cstring());
    const limit = body.int32();
    if (empty) return this.#writer.empty('I');
    const { rows, tag } = await portal.fetch(limit);
    if (portal.fields !== undefined) await sendRows(this.#session, this.#writer, portal.fields, formats, rows, this.#relieve);
    if (tag === undefined) this.#writer.empty('s');
    else this.#writer.commandComplete(tag);
  }

  async close(body: BodyReader): Promise<void> {
    const kind = body.byte();
    const name = body.cstring();
    if (kind === STATEMENT) this.#statements.delete(name);
    else {
      await this.#portals.get(name)?.portal.close();
      this.#portals.delete(name);
    }
    this.#writer.empty('3');
  }

  #parameter(body: BodyReader, type: PreparedStatement['parameterTypes'][number], format: number): Value {
    const length = body.int32();
    if (length === -1) return null;
    const bytes = body.bytes(length);
    if (format !== 0 && format !== 1) throw new SqlError('invalid_parameter_value', `unsupported format code: ${format}`);
    return format === 1 ? valueOfBinary(type, bytes) : this.#session.valueOfText(type, textOfClient(bytes));
  }

  #statement(name: string): PreparedStatement {
    const found = this.#statements.get(name);
    if (found === undefined) {
      throw new SqlError('invalid_sql_statement_name', name === '' ? 'unnamed prepared statement does not exist' : `prepared statement "${name}" does not exist`);
    }
    return found;
  }

  #portal(name: string): BoundPortal {
    const found = this.#portals.get(name);
    if (found === undefined) throw new SqlError('invalid_cursor_name', `portal "${name}" does not exist`);
    return found;
  }
}

/** 'S' in Describe and Close: a statement; 'P' is a portal. */
const STATEMENT = 0x53;
