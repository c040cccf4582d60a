import type { Runtime } from '../base/runtime.ts';
import { backoffMs } from '../transaction/backoff.ts';
import { storeFailure } from '../transaction/reading.ts';
import { type ListPage, type ObjectStore, StoreError } from '../../vfs/object-store.ts';

const ATTEMPTS_MAX = 6;

/** Pages of a listing, until it ends. A listing may leave out what is new and show what is gone: nothing may rest on it alone. */
export async function* listAll(store: ObjectStore, runtime: Runtime, prefix: string, after?: string | undefined): AsyncGenerator<ListPage> {
  let next = after;
  for (;;) {
    const from = next;
    const page = await patiently(runtime, () => store.list(prefix, from === undefined ? {} : { after: from }));
    yield page;
    if (page.next === undefined) return;
    next = page.next;
  }
}

/** A call that may be sent again, sent again while it fails in passing. What remains failed is an `SqlError`. */
export async function patiently<T>(runtime: Runtime, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.kind !== 'transient' || attempt >= ATTEMPTS_MAX) throw storeFailure(error);
      await runtime.clock.sleep(backoffMs(attempt, runtime.random));
    }
  }
}
