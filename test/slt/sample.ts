/** Runs files of the committed sample, for tests. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inProcess } from './backend.ts';
import { dialectOf, notApplicable, testFiles } from './corpus.ts';
import { parseSlt } from './parse.ts';
import { runFile, type FileReport, type RunOptions } from './run-file.ts';

const SAMPLE = join(dirname(fileURLToPath(import.meta.url)), 'sample');
const RECORD_MS_MAX = 60_000;

/** Paths of the sample's files in one of its folders. */
export function sampleFiles(folder: 'sqlite' | 'postgres'): readonly string[] {
  return testFiles([join(SAMPLE, folder)]);
}

/** Runs a file on a database of its own, with settings made before it. `text` stands in for its contents. */
export async function runSample(
  path: string,
  text: string = readFileSync(path, 'utf8'),
  settings: NonNullable<RunOptions['settings']> = [],
): Promise<FileReport> {
  const backend = await inProcess();
  try {
    return await runFile(parseSlt(path, text, dialectOf(path)), backend, {
      skip: new Set(notApplicable(path)),
      timeoutMs: RECORD_MS_MAX,
      settings,
    });
  } finally {
    await backend.close();
  }
}
