/** SCRAM-SHA-256: the published vectors, and a client that cheats. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { openEngine, type OpenedEngine } from '../../src/platform/open-engine.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import type { PasswordLookup } from '../../src/wire/authentication.ts';
import { base64Of, bytesOfBase64 } from '../../src/wire/base64.ts';
import { saslPrep } from '../../src/wire/sasl-prep.ts';
import { ScramExchange, scramVerifier } from '../../src/wire/scram.ts';
import { Conversation, cstring, int32, message, startup, transcript } from './conversation.ts';

const runtime = nodeRuntime();

describe('RFC 7677', () => {
  const clientFirst = 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO';
  const clientFinal = 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
  const nonce = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';

  test('the example’s exchange gives its messages to the byte', async () => {
    const verifier = await scramVerifier(runtime, 'pencil', bytesOfBase64('W22ZaJ0SNY7soEsUEjb6gQ=='), 4096);
    const exchange = new ScramExchange(runtime, 'user', verifier, true);
    expect(exchange.first(clientFirst, nonce)).toBe(`r=rOprNGfwEbeRWgbNEkqO${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`);
    expect(exchange.final(clientFinal)).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
  });

  test('a right proof for a user nobody knows is wrong', async () => {
    const verifier = await scramVerifier(runtime, 'pencil', bytesOfBase64('W22ZaJ0SNY7soEsUEjb6gQ=='), 4096);
    const exchange = new ScramExchange(runtime, 'user', verifier, false);
    exchange.first(clientFirst, nonce);
    expect(() => exchange.final(clientFinal)).toThrow('password authentication failed for user "user"');
  });
});

test('base64 is what Node’s is', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = new Uint8Array(Buffer.from(Array.from({ length }, (_, at) => (at * 7919) & 0xff)));
    expect(base64Of(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    expect(bytesOfBase64(base64Of(bytes))).toEqual(bytes);
  }
});

test('SASLprep does what RFC 4013’s examples say, and leaves prohibited passwords alone', () => {
  expect(saslPrep('I\u00adX')).toBe('IX');
  expect(saslPrep('user')).toBe('user');
  expect(saslPrep('USER')).toBe('USER');
  expect(saslPrep('\u00aa')).toBe('a');
  expect(saslPrep('\u2168')).toBe('IX');
  expect(saslPrep('a\u00a0b')).toBe('a b');
  expect(saslPrep('\u0007é')).toBe('\u0007é');
  expect(saslPrep('\u0627\u0031')).toBe('\u0627\u0031');
});

describe('on a connection', () => {
  let opened: OpenedEngine;
  let password: PasswordLookup;

  beforeAll(async () => {
    opened = await openEngine('memory:');
    const verifier = await scramVerifier(runtime, 'pencil');
    password = {
      method: 'scram-sha-256',
      verifier: (user) => (user === 'ada' ? verifier : undefined),
      mockSecret: runtime.random.bytes(32),
    };
  });
  afterAll(() => opened.close());

  const initial = (text: string, mechanism = 'SCRAM-SHA-256'): Uint8Array =>
    message('p', cstring(mechanism), int32(utf8(text).length), utf8(text));

  async function asked(user = 'ada'): Promise<Conversation> {
    const conversation = new Conversation(opened, { password });
    expect(await conversation.say(startup({ user }))).toEqual(['R 10']);
    return conversation;
  }

  /** What the server said in SASLContinue. */
  function serverFirst(conversation: Conversation): string {
    const bytes = conversation.bytes();
    expect(transcript(bytes)).toEqual(['R 11']);
    return new TextDecoder().decode(bytes.subarray(9));
  }

  async function challenged(user = 'ada', header = 'n,,'): Promise<{ conversation: Conversation; first: string; fields: RegExpExecArray }> {
    const conversation = await asked(user);
    await conversation.connection.push(initial(`${header}n=,r=clientnonce`));
    const first = serverFirst(conversation);
    const fields = /^r=(clientnonce.{24}),s=([^,]+),i=(\d+)$/.exec(first);
    if (fields === null) throw new Error(first);
    return { conversation, first, fields };
  }

  function finalMessage(first: string, fields: RegExpExecArray, given: string, header = 'n,,', nonce = fields[1]): Uint8Array {
    const hmac = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();
    const salted = pbkdf2Sync(given, Buffer.from(fields[2], 'base64'), Number(fields[3]), 32, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const withoutProof = `c=${Buffer.from(header).toString('base64')},r=${nonce}`;
    const signature = hmac(createHash('sha256').update(clientKey).digest(), `n=,r=clientnonce,${first},${withoutProof}`);
    const proof = clientKey.map((byte, at) => byte ^ signature[at]);
    return message('p', utf8(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`));
  }

  test('the right password is let in, also when the client could bind a channel', async () => {
    for (const header of ['n,,', 'y,,']) {
      const { conversation, first, fields } = await challenged('ada', header);
      expect((await conversation.say(finalMessage(first, fields, 'pencil', header))).slice(0, 2)).toEqual(['R 12', 'R 0']);
    }
  });

  test('a wrong password, an unknown user and a changed nonce are not', async () => {
    const refused = async (user: string, given: string, change: (text: string) => string = (text) => text): Promise<string[]> => {
      const { conversation, first, fields } = await challenged(user);
      const lines = await conversation.say(finalMessage(first, fields, given, 'n,,', change(fields[1])));
      expect(conversation.closed).toBe(true);
      return lines;
    };
    expect(await refused('ada', 'pencils')).toEqual(['E FATAL 28P01 password authentication failed for user "ada"']);
    expect(await refused('eve', 'pencil')).toEqual(['E FATAL 28P01 password authentication failed for user "eve"']);
    expect(await refused('ada', 'pencil', (nonce) => `${nonce}x`)).toEqual(['E FATAL 08P01 malformed SCRAM message']);
    expect(await refused('ada', 'pencil', (nonce) => nonce.slice(0, 11))).toEqual(['E FATAL 08P01 malformed SCRAM message']);
  });

  test('an unknown user’s salt is the same each time, another user’s another, and iterations are never few', async () => {
    const salts = [];
    for (const user of ['eve', 'eve', 'mallory', 'ada', 'ada']) {
      const { fields } = await challenged(user);
      expect(Number(fields[3])).toBe(4096);
      expect(Buffer.from(fields[2], 'base64').length).toBe(16);
      salts.push(fields[2]);
    }
    expect(salts[0]).toBe(salts[1]);
    expect(salts[3]).toBe(salts[4]);
    expect(new Set(salts).size).toBe(3);
  });

  test('server nonces never repeat', async () => {
    const nonces = await Promise.all(Array.from({ length: 20 }, async () => (await challenged()).fields[1]));
    expect(new Set(nonces).size).toBe(20);
  });

  test('other mechanisms, channel binding and foreign identities are refused', async () => {
    expect(await (await asked()).say(initial('n,,n=,r=x', 'SCRAM-SHA-256-PLUS'))).toEqual([
      'E FATAL 08P01 client selected an invalid SASL authentication mechanism',
    ]);
    expect(await (await asked()).say(initial('p=tls-unique,,n=,r=x'))).toEqual([
      'E FATAL 08P01 client selected channel binding, which the server did not offer',
    ]);
    expect(await (await asked()).say(initial('n,a=root,n=,r=x'))).toEqual([
      'E FATAL 0A000 client uses authorization identity, but it is not supported',
    ]);
    expect(await (await asked()).say(initial('n,,m=x,n=,r=x'))).toEqual(['E FATAL 0A000 client requires an unsupported SCRAM extension']);
    for (const text of ['', 'n', 'n,,', 'n,,n=,r=', 'n,,r=x', 'x,,n=,r=x', 'n,,n=,r=a b']) {
      expect((await (await asked()).say(initial(text)))[0]).toMatch(/^E FATAL 08P01 malformed SCRAM message/);
    }
  });

  test('a plain password, a query, or a repeated final message is no way in', async () => {
    expect(await (await asked()).say(message('p', cstring('pencil')))).toEqual([
      'E FATAL 08P01 client selected an invalid SASL authentication mechanism',
    ]);
    expect(await (await asked()).say(message('Q', cstring('SELECT 1')))).toEqual([
      'E FATAL 08P01 expected password response, got message type 81',
    ]);
    const { conversation, first, fields } = await challenged();
    const final = finalMessage(first, fields, 'pencil');
    await conversation.say(final);
    const { conversation: other } = await challenged();
    expect(await other.say(final)).toEqual(['E FATAL 08P01 malformed SCRAM message']);
  });

  test('a cleartext password is checked against the same verifier', async () => {
    const cleartext: PasswordLookup = { ...password, method: 'cleartext' };
    const say = async (user: string, given: string): Promise<string> => {
      const conversation = new Conversation(opened, { password: cleartext });
      expect(await conversation.say(startup({ user }))).toEqual(['R 3']);
      return (await conversation.say(message('p', cstring(given))))[0];
    };
    expect(await say('ada', 'pencil')).toBe('R 0');
    expect(await say('ada', 'pen')).toBe('E FATAL 28P01 password authentication failed for user "ada"');
    expect(await say('eve', '')).toBe('E FATAL 28P01 password authentication failed for user "eve"');
  });
});
