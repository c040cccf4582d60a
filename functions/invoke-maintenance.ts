/** Asks for maintenance without waiting for it: one asynchronous invocation, at most one a minute per environment. */
import type { Clock } from '../src/base/runtime.ts';

/** As much of the AWS SDK's Lambda client as is used; the client itself comes with Lambda's runtime. */
interface LambdaSdk {
  readonly LambdaClient: new (options: object) => { send(command: object): Promise<unknown> };
  readonly InvokeCommand: new (input: { readonly FunctionName: string; readonly InvocationType: 'Event' }) => object;
}

const SDK = '@aws-sdk/client-lambda';
const PAUSE_MS = 60_000;

/** A function that invokes `name`; failures go to `report` and cost nothing else, since the next commit asks again. */
export function maintenanceInvoker(name: string, clock: Clock, report: (error: unknown) => void): () => Promise<void> {
  let askedAtMs = -Infinity;
  return async () => {
    if (clock.monotonic() - askedAtMs < PAUSE_MS) return;
    askedAtMs = clock.monotonic();
    try {
      const sdk = (await import(SDK)) as LambdaSdk;
      await new sdk.LambdaClient({}).send(new sdk.InvokeCommand({ FunctionName: name, InvocationType: 'Event' }));
    } catch (error) {
      report(error);
    }
  };
}
