import { defineConfig } from 'vitest/config';

/**
 * `unit` is for every commit; `slow` (files named *.slow.test.ts: processes, simulation, models, corpora) for every piece of work.
 * Files named *.random.test.ts are of both: they draw their cases, few for a commit, many for a piece of work (test/support/often.ts).
 */
// oxlint-disable-next-line import/no-default-export -- vitest reads the default export
export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    isolate: false, // modules are loaded once per worker: tests share no state but what they open themselves
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['**/*.slow.test.ts', 'node_modules'] } },
      {
        extends: true,
        test: {
          name: 'slow',
          include: ['test/**/*.{slow,random}.test.ts'],
          env: { THOROUGH: '1' },
          globalSetup: ['test/support/build.ts'],
          testTimeout: 300_000,
        },
      },
    ],
  },
});
