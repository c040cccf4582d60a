import { describe, expect, test } from 'vitest';
import { ScriptSplitter } from '../../src/cli/script/splitter.ts';

function piecesOf(text: string): string[] {
  const splitter = new ScriptSplitter();
  splitter.add(text);
  const pieces: string[] = [];
  for (let piece = splitter.next(true); piece !== undefined; piece = splitter.next(true)) {
    pieces.push(piece.kind === 'statement' ? `${piece.line}: ${piece.text}` : `${piece.line}: \\${piece.name} [${piece.argument}]`);
  }
  return pieces;
}

describe('a script', () => {
  test.each([
    ['statements', 'select 1; select 2;\nselect 3', ['1: select 1', '1: select 2', '2: select 3']],
    [
      'semicolons in quotes',
      `select ';', ";", E'\\';', $$;$$, $a$;$$;$a$; select 2`,
      [`1: select ';', ";", E'\\';', $$;$$, $a$;$$;$a$`, '1: select 2'],
    ],
    ['quotes that end with a backslash', `select '\\'; select 2`, [`1: select '\\'`, '1: select 2']],
    ['comments', '-- ;\nselect /* ; /* ; */ ; */ 1 -- ;\n;\n/* only; */', ['1: -- ;\nselect /* ; /* ; */ ; */ 1 -- ;']],
    [
      'parentheses',
      'create rule r as on insert to t do (delete from a; delete from b); select 1',
      ['1: create rule r as on insert to t do (delete from a; delete from b)', '1: select 1'],
    ],
    [
      'atomic bodies',
      'create function f() returns int begin atomic; select case when true then 1 end; end; select 2',
      ['1: create function f() returns int begin atomic; select case when true then 1 end; end', '1: select 2'],
    ],
    ['a parameter is no dollar quote', 'select $1; select a$b$c; select 2', ['1: select $1', '1: select a$b$c', '1: select 2']],
    ['backslash commands', '\\c db;\n\\echo one  two\nselect 1 \\g\n', ['1: \\c [db]', '2: \\echo [one  two]', '3: select 1', '3: \\g []']],
    ['empty statements', ';;\n;', []],
  ])('%s', (_, text, pieces) => {
    expect(piecesOf(text)).toEqual(pieces);
  });

  test.each([
    ['select 1', 'statement'],
    ["select 'a", 'quote'],
    ['select "a', 'identifier'],
    ['select $x$ a $$', 'dollar'],
    ['select /* a /* b */', 'comment'],
    ['select (1', 'parenthesis'],
    ['  -- nothing\n', 'nothing'],
  ])('%s leaves open: %s', (text, pending) => {
    const splitter = new ScriptSplitter();
    splitter.add(`${text}\n`);
    expect(splitter.next()).toBeUndefined();
    expect(splitter.pending).toBe(pending);
  });

  test('a statement may come in pieces cut anywhere', () => {
    const text = `select 'it''s', $q$ ; $q$ /* ; */ ;`;
    for (let at = 1; at < text.length; at++) {
      const splitter = new ScriptSplitter();
      splitter.add(text.slice(0, at));
      expect(splitter.next()).toBeUndefined();
      splitter.add(text.slice(at));
      expect(splitter.next()).toMatchObject({ text: text.slice(0, -1).trim() });
    }
  });

  test('data of COPY ends at \\. and the script goes on behind it', () => {
    const text = 'copy t from stdin;\n1\n\\N\n\\.\nselect 1;';
    for (let at = 20; at < text.length; at++) {
      const splitter = new ScriptSplitter();
      splitter.add(text.slice(0, at));
      expect(splitter.next()).toMatchObject({ text: 'copy t from stdin' });
      const first = splitter.takeData(false);
      let data = first.data;
      splitter.add(text.slice(at));
      if (!first.ended) {
        const rest = splitter.takeData(true);
        expect(rest.ended).toBe(true);
        data += rest.data;
      }
      expect(data).toBe('1\n\\N\n');
      expect(splitter.next()).toEqual({ kind: 'statement', text: 'select 1', line: 5 });
    }
  });
});
