/**
 * SQL over HTTP as a Lambda function, behind a Function URL or an HTTP API. Anything it keeps between invocations is a cache: an
 * invocation that finds none opens the database with one GET.
 */
import type { Clock } from '../src/base/runtime.ts';
import type { PasswordCheck } from '../src/http/authorization.ts';
import { createHandler, type Handler } from '../src/http/handler.ts';
import { isDue } from '../src/maintenance/policy.ts';
import { openEngine, type OpenedEngine } from '../src/platform/open-engine.ts';
import { nodeRuntime } from '../src/platform/node-runtime.ts';
import { requestOf } from './adapter/lambda-event.ts';
import { resultOf, type LambdaHttpResult } from './adapter/lambda-result.ts';
import { readEnvironment, type FunctionEnvironment } from './environment.ts';
import { maintenanceInvoker } from './invoke-maintenance.ts';
import { passwordCheck } from './password.ts';
import { readSecret, secretCheck } from './password-secret.ts';

/** Invocations of asynchronous maintenance under way: awaited before the environment may be frozen. */
const invocations = new Set<Promise<void>>();

let warm: Handler | undefined;

export async function handler(event: unknown): Promise<LambdaHttpResult> {
  warm ??= queryHandler(readEnvironment());
  const result = await resultOf(await warm(requestOf(event)));
  await Promise.all(invocations);
  return result;
}

/** The fetch handler over the database of `environment`, opened by the first request that needs it. */
export function queryHandler(environment: FunctionEnvironment): Handler {
  const runtime = nodeRuntime();
  const { maintenanceFunction } = environment;
  const ask = maintenanceFunction === undefined ? undefined : maintenanceInvoker(maintenanceFunction, runtime.clock, logFailure);
  let opening: Promise<OpenedEngine> | undefined;
  const engine = async (): Promise<OpenedEngine> => {
    opening ??= openEngine(environment.url, {
      runtime,
      s3Transport: 'http', // a tenth of the SDK's time to the first answer
      diskCache: environment.diskCache,
      checkpoints: ask === undefined ? 'automatic' : 'manual',
      onCommit(notice) {
        if (ask === undefined || !isDue(notice)) return;
        const invocation = ask().finally(() => invocations.delete(invocation));
        invocations.add(invocation);
      },
    });
    try {
      return await opening;
    } catch (error) {
      opening = undefined; // the next request tries anew
      throw error;
    }
  };
  return createHandler({
    runtime,
    session: async (options) => (await engine()).engine.session(options),
    password: passwordOf(environment, runtime.clock),
    statementTimeoutMs: environment.statementTimeoutMs,
    onInternalError: logFailure,
  });
}

function passwordOf({ password, passwordSecret }: FunctionEnvironment, clock: Clock): PasswordCheck | undefined {
  if (password !== undefined) return passwordCheck(password);
  return passwordSecret === undefined ? undefined : secretCheck(() => readSecret(passwordSecret), clock);
}

/** One JSON line for the log. Errors of ours quote no statement and no connection string. */
function logFailure(error: unknown): void {
  console.error(JSON.stringify({ level: 'error', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }));
}
