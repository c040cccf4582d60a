import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VelociDatabase, type VelociDatabaseProps } from '../../cdk/velocidb-database.ts';

/** Folders as `npm run bundle` leaves them, with handlers too small to matter. The caller removes them. */
export function emptyBundles(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'velocidb-bundles-'));
  for (const name of ['query', 'maintenance']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'index.mjs'), `export const handler = async () => '${name}';\n`);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** An app whose output goes when `folder` goes. */
export function newApp(folder: string): App {
  return new App({ analyticsReporting: false, outdir: mkdtempSync(join(folder, 'out-')) });
}

/** The database alone in a stack of its own, whatever else `extend` adds, and the template of both. */
export function synthesized(
  bundles: string,
  props: (stack: Stack) => VelociDatabaseProps = () => ({}),
  extend: (stack: Stack, database: VelociDatabase) => void = () => undefined,
): { readonly template: Template; readonly database: VelociDatabase; readonly stack: Stack } {
  const stack = new Stack(newApp(bundles), 'Test');
  const database = new VelociDatabase(stack, 'Database', { bundles, ...props(stack) });
  extend(stack, database);
  return { template: Template.fromStack(stack), database, stack };
}
