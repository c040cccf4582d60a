// Builds dist/ after an install that has the compiler; without devDependencies there is nothing to do.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

if (existsSync(new URL('../node_modules/typescript/package.json', import.meta.url))) {
  const built = spawnSync('npm', ['run', '-s', 'build'], { stdio: 'inherit', shell: process.platform === 'win32' });
  process.exitCode = built.status ?? 1;
}
