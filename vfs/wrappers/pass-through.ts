import type {
  CreateOutcome,
  GetOptions,
  GetOutcome,
  ListOptions,
  ListPage,
  ObjectStore,
  ReplaceOutcome,
  Validator,
  WriteOptions,
} from '../object-store.ts';

/** An object store that hands every request to `inner` as it is: what a wrapper begins with that changes only some of them. */
export class PassThroughStore implements ObjectStore {
  protected readonly inner: ObjectStore;

  constructor(inner: ObjectStore) {
    this.inner = inner;
  }

  get(name: string, options?: GetOptions): Promise<GetOutcome> {
    return this.inner.get(name, options);
  }

  createIfAbsent(name: string, bytes: Uint8Array, options?: WriteOptions): Promise<CreateOutcome> {
    return this.inner.createIfAbsent(name, bytes, options);
  }

  replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options?: WriteOptions): Promise<ReplaceOutcome> {
    return this.inner.replaceIfMatch(name, bytes, validator, options);
  }

  delete(name: string): Promise<void> {
    return this.inner.delete(name);
  }

  list(prefix: string, options?: ListOptions): Promise<ListPage> {
    return this.inner.list(prefix, options);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
