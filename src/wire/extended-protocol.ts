/** Parse, Bind, Describe, Execute, Close: named and unnamed statements and portals of one connection. */
import { SqlError } from '../base/sql-error.ts';
import { copyDirection } from '../session/copy/copy-statement.ts';
import type { Portal, PreparedStatement, Session } from '../session/session.ts';
import { oid } from '../types/oid.ts';
import type { Value } from '../types/value.ts';
import type { BackendWriter } from './backend-writer.ts';
import { valueOfBinary } from './binary/input.ts';
import { textOfClient, type BodyReader } from './body-reader.ts';
import { copy, type CopyChannel } from './copy.ts';
import { formatAt, sendRows } from './rows.ts';

interface BoundPortal {
  readonly portal: Portal;
  readonly formats: readonly number[];
  /** The statement's text when it is a COPY to or from the client, which is no portal's business. */
  readonly copy: { readonly text: string; readonly direction: 'in' | 'out' } | undefined;
  progress: 'bound' | 'suspended' | 'ended';
}

/** Statements, and portals, that one connection may hold. */
const HELD_MAX = 10_000;

/** 'S' in Describe and Close: a statement; 'P' is a portal. */
const STATEMENT = 0x53;
const PORTAL = 0x50;

export class ExtendedProtocol {
  readonly #session: Session;
  readonly #writer: BackendWriter;
  readonly #channel: CopyChannel;
  readonly #statements = new Map<string, PreparedStatement>();
  readonly #portals = new Map<string, BoundPortal>();
  /** Whether a statement of this pipeline has run within an implicit transaction that ends at Sync. */
  #pipelining = false;

  constructor(session: Session, channel: CopyChannel) {
    this.#session = session;
    this.#writer = channel.writer;
    this.#channel = channel;
  }

  /** A simple query destroys the unnamed statement and portal. */
  async forgetUnnamed(): Promise<void> {
    this.#statements.delete('');
    await this.#closePortal('');
  }

  /** Portals end with their transaction. */
  async endOfPipeline(): Promise<void> {
    this.#pipelining = false;
    if (this.#session.status !== 'idle') return;
    for (const name of this.#portals.keys()) await this.#closePortal(name);
  }

  async parse(body: BodyReader): Promise<void> {
    const name = body.cstring();
    const text = body.cstring();
    const types = Array.from({ length: body.uint16() }, () => oid(body.uint32()));
    body.end();
    if (name === '') this.#statements.delete('');
    else if (this.#statements.has(name)) throw new SqlError('duplicate_prepared_statement', `prepared statement "${name}" already exists`);
    if (this.#statements.size >= HELD_MAX)
      throw new SqlError('insufficient_resources', `there are more than ${HELD_MAX} prepared statements`);
    const declared = types.map((type) => (type === 0 ? undefined : type));
    this.#statements.set(name, await this.#session.prepare(text, declared));
    this.#writer.empty('1');
  }

  async bind(body: BodyReader): Promise<void> {
    const portalName = body.cstring();
    const statementName = body.cstring();
    const statement = this.#statement(statementName);
    const parameterFormats = Array.from({ length: body.uint16() }, () => body.int16());
    const count = body.uint16();
    if (parameterFormats.length > 1 && parameterFormats.length !== count) {
      throw new SqlError('protocol_violation', `bind message has ${parameterFormats.length} parameter formats but ${count} parameters`);
    }
    if (count !== statement.parameterTypes.length) {
      throw new SqlError(
        'protocol_violation',
        `bind message supplies ${count} parameters, but prepared statement "${statementName}" requires ${statement.parameterTypes.length}`,
      );
    }
    const values = statement.parameterTypes.map((type, at) => this.#parameter(body, type, formatAt(parameterFormats, at), at + 1));
    const formats = Array.from({ length: body.uint16() }, () => body.int16());
    body.end();
    const columns = statement.fields?.length ?? 0;
    if (formats.length > 1 && formats.length !== columns) {
      throw new SqlError('protocol_violation', `bind message has ${formats.length} result formats but query has ${columns} columns`);
    }
    for (const format of formats) checkFormat(format);
    if (portalName === '') await this.#closePortal('');
    else if (this.#portals.has(portalName)) throw new SqlError('duplicate_cursor', `portal "${portalName}" already exists`);
    if (this.#portals.size >= HELD_MAX) throw new SqlError('insufficient_resources', `there are more than ${HELD_MAX} portals`);
    this.#portals.set(portalName, {
      portal: await this.#session.open(statement, values),
      formats,
      copy: copyOf(statement.text),
      progress: 'bound',
    });
    this.#writer.empty('2');
  }

  describe(body: BodyReader): void {
    const kind = body.byte();
    const name = body.cstring();
    body.end();
    if (checkKind(kind, 'DESCRIBE') === STATEMENT) {
      const statement = this.#statement(name);
      this.#writer.parameterDescription(statement.parameterTypes);
      if (statement.fields === undefined) this.#writer.empty('n');
      else this.#writer.rowDescription(statement.fields, []);
      return;
    }
    const { portal, formats } = this.#portal(name);
    if (portal.fields === undefined) {
      this.#writer.empty('n');
      return;
    }
    const each = portal.fields.map((_, at) => formatAt(formats, at));
    this.#writer.rowDescription(portal.fields, each);
  }

  /**
   * `alone`: Sync follows; then the statement is a transaction of its own, else it shares one with its neighbours. A portal read in
   * parts counts, at its end, the rows of the last part, as PostgreSQL does.
   */
  async execute(body: BodyReader, alone: boolean): Promise<void> {
    const name = body.cstring();
    const limit = Math.max(0, body.int32());
    body.end();
    const bound = this.#portal(name);
    const { portal, formats, progress } = bound;
    if (!alone || this.#pipelining) {
      this.#pipelining = true;
      await this.#session.pipeline();
    }
    if (progress === 'ended' && portal.fields === undefined) {
      throw new SqlError('object_not_in_prerequisite_state', `portal "${name}" cannot be run`);
    }
    if (bound.copy !== undefined) {
      bound.progress = 'ended';
      return copy(this.#session, this.#channel, bound.copy.text, bound.copy.direction);
    }
    const { rows, tag } = await portal.fetch(limit);
    bound.progress = tag === undefined ? 'suspended' : 'ended';
    if (portal.fields !== undefined)
      await sendRows(this.#session, this.#writer, portal.fields, formats, rows, () => this.#channel.relieve());
    if (tag === undefined) this.#writer.empty('s');
    else if (tag === '') this.#writer.empty('I');
    else this.#writer.commandComplete(progress === 'bound' ? tag : tag.replace(/^SELECT \d+$/, `SELECT ${rows.length}`));
  }

  /** Closing what is not there is no error. */
  async close(body: BodyReader): Promise<void> {
    const kind = body.byte();
    const name = body.cstring();
    body.end();
    if (checkKind(kind, 'CLOSE') === STATEMENT) this.#statements.delete(name);
    else await this.#closePortal(name);
    this.#writer.empty('3');
  }

  #parameter(body: BodyReader, type: PreparedStatement['parameterTypes'][number], format: number, number: number): Value {
    checkFormat(format);
    const length = body.int32();
    if (length === -1) return null;
    const bytes = body.bytes(length);
    return format === 1 ? valueOfBinary(type, bytes, number, this.#session) : this.#session.valueOfText(type, textOfClient(bytes));
  }

  #statement(name: string): PreparedStatement {
    const found = this.#statements.get(name);
    if (found === undefined) {
      throw new SqlError(
        'invalid_sql_statement_name',
        name === '' ? 'unnamed prepared statement does not exist' : `prepared statement "${name}" does not exist`,
      );
    }
    return found;
  }

  #portal(name: string): BoundPortal {
    const found = this.#portals.get(name);
    if (found === undefined) throw new SqlError('invalid_cursor_name', `portal "${name}" does not exist`);
    return found;
  }

  async #closePortal(name: string): Promise<void> {
    const found = this.#portals.get(name);
    this.#portals.delete(name);
    await found?.portal.close();
  }
}

function copyOf(text: string): BoundPortal['copy'] {
  const direction = copyDirection(text);
  return direction === undefined ? undefined : { text, direction };
}

function checkFormat(format: number): void {
  if (format !== 0 && format !== 1) throw new SqlError('invalid_parameter_value', `unsupported format code: ${format}`);
}

function checkKind(kind: number, message: 'DESCRIBE' | 'CLOSE'): number {
  if (kind !== STATEMENT && kind !== PORTAL) throw new SqlError('protocol_violation', `invalid ${message} message subtype ${kind}`);
  return kind;
}
