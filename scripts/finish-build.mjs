// What the compiler leaves to do: the command must be executable.
import { chmodSync, existsSync } from 'node:fs';

const command = new URL('../dist/src/cli/main.js', import.meta.url);
if (existsSync(command)) chmodSync(command, 0o755);
