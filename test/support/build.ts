/** Before slow tests: dist/ as `npm run build` makes it, since they run the command and servers as users do. */
import { spawnSync } from 'node:child_process';

/** Builds. Errors of types are printed and belong to `npm run types`: the files are written all the same. */
export function setup(): void {
  spawnSync('npm', ['run', '-s', 'build'], { stdio: 'inherit' });
}
