/** The rules, as functions from a file's path and text to violations, so that a planted file can be put to them too. */
import { posix } from 'node:path';

/** The layers of docs/ARCHITECTURE.md, lowest first; folders of one line may not import each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['src/base'],
  ['vfs', 'src/types'],
  ['src/kernels', 'src/sql'],
  ['src/storage'],
  ['src/transaction'],
  ['src/catalog'],
  ['src/maintenance'],
  ['src/binder'],
  ['src/planner'],
  ['src/executor'],
  ['src/session'],
  ['src/wire', 'src/http'],
  ['src/platform'],
  ['src/index.ts'],
  ['functions', 'src/host'],
  ['src/cli', 'cdk'],
  ['infra', 'test', 'bench'],
];

/** Where the host's own API may be used. */
const HOST_FOLDERS = ['vfs/drivers/', 'src/platform/', 'src/host/', 'src/cli/', 'functions/', 'cdk/', 'infra/', 'test/', 'bench/'];

const BANNED_GLOBALS: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b|\bnew Date\(\)|\bDate\(\)/, 'reads the clock'],
  [/\bMath\.random\b/, 'draws chance'],
  [/\bset(?:Timeout|Interval|Immediate)\b/, 'sets a timer'],
  [/\bperformance\./, 'reads the clock'],
  [/(?:await|return|=|\(|,)\s*fetch\(/, 'fetches'],
  [/(?<![.\w#])crypto\.(?:subtle|randomUUID|getRandomValues)/, 'uses the global crypto'],
  [/(?<![.\w])eval\(|\bnew Function\(/, 'compiles text'],
  [/\bprocess\.(?:env|exit|argv|hrtime)\b/, 'reaches for the process'],
  [/\b(?:WeakRef|FinalizationRegistry)\b/, 'depends on the garbage collector'],
];

export interface Violation {
  readonly file: string;
  readonly reason: string;
}

export function importsOf(file: string, text: string): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm)) {
    const target = match[1];
    found.push(target.startsWith('.') ? posix.normalize(posix.join(posix.dirname(file), target)) : target);
  }
  return found;
}

export function layerViolations(file: string, text: string): Violation[] {
  const here = layerOf(file);
  if (here === undefined) return [{ file, reason: 'belongs to no layer' }];
  const violations: Violation[] = [];
  for (const target of importsOf(file, text)) {
    const there = layerOf(target);
    if (there === undefined) continue;
    if (there.level > here.level) violations.push({ file, reason: `imports ${target}, a layer above it` });
    if (there.level === here.level && there.folder !== here.folder && here.level < LAYERS.length - 1) {
      violations.push({ file, reason: `imports ${target}, beside it on its layer` });
    }
    if (target.startsWith('vfs/drivers/') && file.startsWith('src/') && here.level < 12)
      violations.push({ file, reason: `imports the driver ${target}` });
  }
  return violations;
}

export function hostViolations(file: string, text: string): Violation[] {
  if (HOST_FOLDERS.some((folder) => file.startsWith(folder))) return [];
  const violations: Violation[] = [];
  if (importsOf(file, text).some((target) => target.startsWith('node:'))) violations.push({ file, reason: 'imports node:*' });
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''");
  for (const [pattern, what] of BANNED_GLOBALS) if (pattern.test(code)) violations.push({ file, reason: what });
  return violations;
}

export function styleViolations(file: string, text: string): Violation[] {
  const violations: Violation[] = [];
  const engine = /^(src|vfs|functions|cdk)\//.test(file);
  if (!file.endsWith('.d.ts') && /\bexport default\b/.test(text)) violations.push({ file, reason: 'has a default export' });
  if (file.startsWith('src/') && file !== 'src/index.ts' && /^export (?:\*|\{[^}]*\}|type \{[^}]*\}) from /m.test(text))
    violations.push({ file, reason: 're-exports' });
  if (engine && /\b(?:TODO|FIXME|XXX|HACK)\b/.test(text.replaceAll(/\bXXX\d+\b|'[^']*'/g, '')))
    violations.push({ file, reason: 'leaves work marked undone' });
  if (engine && /@ts-(?:ignore|expect-error|nocheck)/.test(text)) violations.push({ file, reason: 'silences the compiler' });
  if (/\b(?:describe|it|test)\.only\b/.test(text)) violations.push({ file, reason: 'runs only a part of the tests' });
  return violations;
}

function layerOf(file: string): { level: number; folder: string } | undefined {
  for (const [level, folders] of LAYERS.entries()) {
    for (const folder of folders) if (file === folder || file.startsWith(`${folder}/`)) return { level, folder };
  }
  return undefined;
}
