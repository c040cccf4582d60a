import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hostViolations, importsOf, layerViolations, styleViolations } from './rules.ts';

const ROOTS = ['src', 'vfs', 'functions', 'cdk', 'infra', 'test', 'bench'];
const files = ROOTS.flatMap(sourceFiles);

describe('the source keeps to its layers', () => {
  it('sees the files', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(importsOf('src/storage/a.ts', "import { b } from '../base/b.ts';\nimport 'node:fs';")).toEqual(['src/base/b.ts', 'node:fs']);
  });

  it('imports point down the layers', () => {
    expect(files.flatMap((file) => layerViolations(file, read(file)))).toEqual([]);
  });

  it('the engine takes time, chance and I/O from its runtime', () => {
    expect(files.flatMap((file) => hostViolations(file, read(file)))).toEqual([]);
  });

  it('files keep the habits of the house', () => {
    expect(files.filter((file) => !file.startsWith('test/tidy/')).flatMap((file) => styleViolations(file, read(file)))).toEqual([]);
  });

  it('every folder says what it is for', () => {
    const folders = new Set(files.map((file) => file.slice(0, file.lastIndexOf('/'))));
    expect([...folders].filter((folder) => !existsSync(`${folder}/README.md`))).toEqual([]);
  });
});

describe('a planted violation is seen', () => {
  it('an import that points up', () => {
    expect(layerViolations('src/storage/x.ts', "import { a } from '../transaction/a.ts';")).toHaveLength(1);
  });
  it('an import of a neighbour on the same layer', () => {
    expect(layerViolations('src/kernels/x.ts', "import { a } from '../sql/a.ts';")).toHaveLength(1);
  });
  it('a driver named by the engine', () => {
    expect(layerViolations('src/session/x.ts', "import { S3Store } from '../../vfs/drivers/s3.ts';")).toHaveLength(1);
  });
  it('the clock, chance, a timer, node', () => {
    for (const text of ['const t = Date.now();', 'Math.random();', 'setTimeout(f, 1);', "import fs from 'node:fs';", 'await fetch(url);']) {
      expect(hostViolations('src/planner/x.ts', text), text).toHaveLength(1);
    }
  });
  it('a default export, a barrel, work left undone, a silenced compiler', () => {
    for (const text of ['export default 1;', "export * from './a.ts';", '// TODO later', '// @ts-ignore']) {
      expect(styleViolations('src/planner/x.ts', text), text).toHaveLength(1);
    }
  });
});

function sourceFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return /^(assembly|golden|node_modules|cdk\.out)$/.test(entry.name) ? [] : sourceFiles(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.generated.ts') ? [path] : [];
  });
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}
