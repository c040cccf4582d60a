/**
 * COPY over the wire.
 *
 *     COPY … FROM STDIN    ◀ CopyInResponse    ▶ CopyData … CopyDone | CopyFail    ◀ CommandComplete
 *     COPY … TO STDOUT     ◀ CopyOutResponse   ◀ CopyData, one a line, … CopyDone  ◀ CommandComplete
 *
 * A failure ends it like any statement; what the client still sends of its data is then passed over.
 */
import { utf8 } from '../base/bytes.ts';
import { SqlError } from '../base/sql-error.ts';
import type { Session } from '../session/session.ts';
import type { BackendWriter } from './backend-writer.ts';
import { BodyReader } from './body-reader.ts';
import { FRONTEND, type FrontendMessage } from './frontend-messages.ts';

/** What a copy needs of its connection. */
export interface CopyChannel {
  readonly writer: BackendWriter;
  /** Sends everything written. */
  flush(): Promise<void>;
  /** Sends when much was written. */
  relieve(): Promise<void>;
  /** The client's next message, however long it takes. Rejects when the statement is cancelled or the client goes away. */
  next(): Promise<FrontendMessage>;
}

/** Runs one COPY statement, whose direction is `direction`, up to and with its CommandComplete. */
export async function copy(session: Session, channel: CopyChannel, text: string, direction: 'in' | 'out'): Promise<void> {
  const { tag } = await (direction === 'in' ? copyIn(session, channel, text) : copyOut(session, channel, text));
  channel.writer.commandComplete(tag);
}

async function copyIn(session: Session, channel: CopyChannel, text: string): ReturnType<Session['copyIn']> {
  return session.copyIn(text, dataOf(channel), undefined, (columns) => channel.writer.copyResponse('G', columns));
}

async function* dataOf(channel: CopyChannel): AsyncGenerator<Uint8Array> {
  await channel.flush();
  for (;;) {
    const { type, body } = await channel.next();
    switch (type) {
      case FRONTEND.copyData:
        yield body;
        break;
      case FRONTEND.copyDone:
        return;
      case FRONTEND.copyFail:
        throw new SqlError('query_canceled', `COPY from stdin failed: ${new BodyReader(body).cstring()}`);
      case FRONTEND.flush:
      case FRONTEND.sync:
        break; // libpq sends them along with Execute, before it knows that this is a COPY
      default:
        throw new SqlError('protocol_violation', `unexpected message type 0x${type.toString(16).toUpperCase()} during COPY from stdin`);
    }
  }
}

async function copyOut(session: Session, { writer, relieve }: CopyChannel, text: string): ReturnType<Session['copyOut']> {
  const result = await session.copyOut(
    text,
    async (piece) => {
      for (const line of piece.split(/(?<=\n)/)) {
        writer.copyData(utf8(line));
        await relieve();
      }
    },
    (columns) => writer.copyResponse('H', columns),
  );
  writer.empty('c');
  return result;
}
