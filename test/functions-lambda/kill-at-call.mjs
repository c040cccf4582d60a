// Loaded before everything else: the process kills itself just before its nth system call that changes the file system, n being
// KILL_BEFORE_CALL. Without it the calls are only counted, and CALLS_FILE receives their number.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const CHANGING = [
  'mkdirSync',
  'writeSync',
  'write',
  'fsync',
  'symlinkSync',
  'linkSync',
  'unlinkSync',
  'renameSync',
  'rmSync',
  'writeFileSync',
];
const fatal = Number(process.env.KILL_BEFORE_CALL ?? Infinity);
const countFile = process.env.CALLS_FILE;
const appendFileSync = fs.appendFileSync;
let calls = 0;

function pass() {
  calls += 1;
  if (calls === fatal) process.kill(process.pid, 'SIGKILL');
}

function watched(original, isChanging) {
  const replacement = (...given) => {
    if (isChanging(given)) pass();
    return original(...given);
  };
  return Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original)); // promisify looks for marks
}

for (const name of CHANGING) fs[name] = watched(fs[name], () => true);
fs.openSync = watched(fs.openSync, ([, flags]) => /[wax]/.test(String(flags)));
syncBuiltinESMExports();
if (countFile !== undefined) process.on('exit', () => appendFileSync(countFile, String(calls)));
