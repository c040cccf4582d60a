/** Reads both formats of logic test files. */
import type { Dialect, SltFile, SltRecord } from './record.ts';

const ENGINE = 'postgresql';

export function parseSlt(path: string, text: string, dialect: Dialect): SltFile {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const records: SltRecord[] = [];
  let at = 0;
  while (at < lines.length) {
    if (isBlank(lines[at]) || lines[at].startsWith('#')) {
      at++;
      continue;
    }
    const block: string[] = [];
    let line = at + 1;
    while (at < lines.length && !isBlank(lines[at])) {
      if (!lines[at].startsWith('#')) block.push(lines[at]);
      if (/^(?:skipif|onlyif|#)/.test(lines[at]) && block.length === withoutPrefixes(block).prefixes) line = at + 2;
      at++;
    }
    const { skip, body } = withoutPrefixes(block);
    if (body.length === 0) continue;
    if (body[0] === 'halt') {
      if (skip) continue;
      break;
    }
    if (skip || body[0].startsWith('hash-threshold')) continue;
    const record = recordOf(line, body, dialect);
    if (record !== undefined) records.push(record);
  }
  return { path, dialect, records };
}

function withoutPrefixes(block: readonly string[]): { skip: boolean; prefixes: number; body: readonly string[] } {
  let skip = false;
  let at = 0;
  for (; at < block.length; at++) {
    const [word, engine = ''] = block[at].split(/\s+/);
    if (word === 'skipif') skip ||= engine.toLowerCase() === ENGINE;
    else if (word === 'onlyif') skip ||= engine.toLowerCase() !== ENGINE;
    else break;
  }
  return { skip, prefixes: at, body: block.slice(at) };
}

function recordOf(line: number, body: readonly string[], dialect: Dialect): SltRecord | undefined {
  const [word, ...words] = body[0].split(/\s+/).filter((part) => part !== '');
  if (word === 'statement') {
    const sql = body.slice(1).join('\n');
    return {
      line,
      sql,
      expect: words[0] === 'ok' ? { kind: 'ok' } : { kind: 'error', code: dialect === 'postgres' ? words[1] : undefined },
    };
  }
  if (word !== 'query') return undefined;
  const [types = '', sort = 'nosort', label] = words;
  const divider = body.indexOf('----');
  const end = divider < 0 ? body.length : divider;
  return {
    line,
    sql: body.slice(1, end).join('\n'),
    expect: {
      kind: 'rows',
      types,
      sort: sort === 'rowsort' || sort === 'valuesort' ? sort : 'nosort',
      label,
      lines: divider < 0 ? [] : body.slice(divider + 1),
    },
  };
}

function isBlank(line: string): boolean {
  return line.trim() === '';
}
