import type { ListPage, ObjectStore } from '../../vfs/object-store.ts';

/** Pages of a listing, until it ends. A listing may leave out what is new and show what is gone: nothing may rest on it alone. */
export async function* listAll(store: ObjectStore, prefix: string, after?: string | undefined): AsyncGenerator<ListPage> {
  let next = after;
  for (;;) {
    const page = await store.list(prefix, next === undefined ? {} : { after: next });
    yield page;
    if (page.next === undefined) return;
    next = page.next;
  }
}
