/**
 * Planted bugs: the engine's own text with one line changed, bundled with the simulator. A mutant whose line is no longer in
 * the source is an error, so that the gate cannot go blind.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { assert } from '../../src/base/assert.ts';
import type * as Simulator from './simulation.ts';
import type { Swarm } from './swarm.ts';

export interface CodeMutant {
  readonly name: string;
  /** Path from the project's root. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Conditions under which the bug shows sooner. */
  readonly swarm?: ((drawn: Swarm) => Swarm) | undefined;
}

/** Answers "unknown" often, freezes long, and collects early. */
function harsh(drawn: Swarm): Swarm {
  const network = { ...drawn.network, lostAfter: 0.1, ghost: 0.05, ghostMs: 120_000 };
  return { ...drawn, network, freeze: 0.1, freezeMs: 900_000, collectors: 2, checkpointers: 2, keys: 2, fence: { ...drawn.fence, ageMs: 20_000, graceMs: 5_000 } };
}

export const CODE_MUTANTS: readonly CodeMutant[] = [
  {
    name: 'own record not recognised',
    file: 'src/transaction/log.ts',
    from: 'return isMine(own.cores[0]) ?',
    to: 'return isMine === undefined ?',
  },
  {
    name: 'a 404 after an unknown outcome means failed',
    file: 'src/transaction/log.ts',
    from: "if (settled.kind !== 'empty') return settled;",
    to: "if (settled.kind !== 'empty') return settled; return { kind: 'refused', error: new SqlError('serialization_failure', 'planted') };",
    swarm: harsh,
  },
  {
    name: 'reads are not validated',
    file: 'src/transaction/validation.ts',
    from: 'for (const reads of claim.reads) {',
    to: 'for (const reads of claim.reads.slice(0, 0)) {',
  },
  {
    name: 'writes are not validated',
    file: 'src/transaction/validation.ts',
    from: 'for (const writes of claim.writes) {',
    to: 'for (const writes of claim.writes.slice(0, 0)) {',
    swarm: (drawn) => ({ ...drawn, clients: 6 }),
  },
  {
    name: 'members of a group are not validated against each other',
    file: 'src/transaction/group-commit.ts',
    from: 'conflictWith(candidate.claim, touched) === undefined);',
    to: 'touched !== undefined);',
  },
  {
    name: 'a warm read does not probe',
    file: 'src/transaction/database.ts',
    from: 'await this.#probe.ask();\n    if (transaction.isConfirmed) return;',
    to: 'return;',
  },
  {
    name: 'a probe answers those who came after it was sent',
    file: 'src/transaction/database.ts',
    from: 'if (transaction.begunAfterProbe < number)',
    to: 'if (number > 0)',
  },
];

/** The simulator over an engine with the bug planted. Call `dispose` when done. */
export async function simulatorWith(mutant: CodeMutant): Promise<{ readonly simulate: typeof Simulator.simulate; dispose(): Promise<void> }> {
  const here = dirname(fileURLToPath(import.meta.url));
  const root = join(here, '..', '..');
  const target = join(root, mutant.file);
  let isPlanted = false;
  const plant: Plugin = {
    name: 'plant',
    setup(setup) {
      setup.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== target) return undefined;
        const source = await readFile(path, 'utf8');
        isPlanted = source.split(mutant.from).length === 2;
        return { contents: source.replace(mutant.from, () => mutant.to), loader: 'ts' };
      });
    },
  };
  const bundle = await build({ entryPoints: [join(here, 'simulation.ts')], bundle: true, platform: 'node', format: 'esm', write: false, plugins: [plant], logLevel: 'error' });
  assert(isPlanted, 'the line that a mutant changes is in the source once', { mutant: mutant.name });
  const folder = await mkdtemp(join(tmpdir(), 'velocidb-mutant-'));
  const file = join(folder, 'simulation.mjs');
  await writeFile(file, bundle.outputFiles[0].contents);
  const loaded = (await import(pathToFileURL(file).href)) as typeof Simulator;
  return { simulate: loaded.simulate, dispose: () => rm(folder, { recursive: true }) };
}
