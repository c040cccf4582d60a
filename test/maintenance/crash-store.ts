import { StoreError } from '../../vfs/object-store.ts';
import type {
  CreateOutcome,
  GetOptions,
  GetOutcome,
  ListOptions,
  ListPage,
  ObjectStore,
  ReplaceOutcome,
  Validator,
} from '../../vfs/object-store.ts';
import { PassThroughStore } from '../../vfs/wrappers/pass-through.ts';

/**
 * What happens at the n-th call. `before`, `after`: the process dies, the call undone or done; nothing later reaches the store.
 * `lost`: the call is done and its answer lost, once. `refused`: the call is not done and the store says so, once.
 */
export const FATES = ['before', 'after', 'lost', 'refused'] as const;
export type Fate = (typeof FATES)[number];

const OUTCOMES = { lost: { kind: 'unknown', reason: 'lost' }, refused: { kind: 'undecided', reason: 'refused' } } as const;

/** A store that fails one call, counted from 1 over all kinds, and with `before` and `after` every later one. */
export class CrashStore extends PassThroughStore {
  readonly #nth: number;
  readonly #fate: Fate;
  calls = 0;

  constructor(inner: ObjectStore, nth: number, fate: Fate) {
    super(inner);
    this.#nth = nth;
    this.#fate = fate;
  }

  /** Whether the call came. */
  get hasFailed(): boolean {
    return this.calls >= this.#nth;
  }

  override get(name: string, options?: GetOptions): Promise<GetOutcome> {
    return this.#through(name, () => super.get(name, options));
  }

  override createIfAbsent(name: string, bytes: Uint8Array): Promise<CreateOutcome> {
    return this.#through<CreateOutcome>(name, () => super.createIfAbsent(name, bytes), OUTCOMES);
  }

  override replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator): Promise<ReplaceOutcome> {
    return this.#through<ReplaceOutcome>(name, () => super.replaceIfMatch(name, bytes, validator), OUTCOMES);
  }

  override delete(name: string): Promise<void> {
    return this.#through(name, () => super.delete(name));
  }

  override list(prefix: string, options?: ListOptions): Promise<ListPage> {
    return this.#through(prefix, () => super.list(prefix, options));
  }

  async #through<T>(name: string, call: () => Promise<T>, outcomes?: { readonly lost: T; readonly refused: T }): Promise<T> {
    const number = ++this.calls;
    const isOnce = this.#fate === 'lost' || this.#fate === 'refused';
    if (number < this.#nth || (number > this.#nth && isOnce)) return call();
    if (number > this.#nth || this.#fate === 'before') throw new StoreError('permanent', name, 'the process is dead');
    if (this.#fate !== 'refused') await call();
    if (this.#fate === 'after') throw new StoreError('permanent', name, 'the process is dead');
    if (outcomes !== undefined) return outcomes[this.#fate];
    throw new StoreError('transient', name, this.#fate);
  }
}
