/**
 * The bucket below the network, with a memory of everything that was ever in the log: what the database promised for ever.
 * It watches the promises that can be checked the moment they break.
 */
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { ROOT_NAME, slotOfLogName } from '../../src/transaction/names.ts';
import { decodeFence, type FenceHeader } from '../../src/transaction/root-codec.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import type { CreateOutcome, GetOptions, GetOutcome, ListPage, ReplaceOutcome, Validator } from '../../vfs/object-store.ts';
import { Window } from './sealing.ts';
import type { World } from './world.ts';

const CRYPTO = nodeRuntime().crypto;

/** How long ago a stale listing was true, ms. */
const STALE_MS = 60_000;

export class Bucket {
  readonly store: MemoryStore;
  readonly #world: World;
  /** The first record ever made at each slot. */
  readonly history = new Map<number, Uint8Array>();
  readonly violations: string[] = [];
  /** Sent and not landed yet, ghosts and repetitions included. */
  requestsUnderWay = 0;
  /** Rare things that happened, and how often. */
  readonly sightings = new Map<string, number>();
  /** When names came and went, newest last, for stale listings. */
  readonly #born = new Map<string, number>();
  /** What looks through the seals; undefined when nothing is sealed. */
  readonly #window: Window | undefined;

  constructor(world: World, isSealed: boolean) {
    this.#world = world;
    this.#window = isSealed ? new Window() : undefined;
    this.store = new MemoryStore({ clock: { now: () => world.nowMs } });
  }

  get(name: string, options?: GetOptions): Promise<GetOutcome> {
    return this.store.get(name, options);
  }

  async createIfAbsent(name: string, bytes: Uint8Array): Promise<CreateOutcome> {
    const outcome = await this.store.createIfAbsent(name, bytes);
    if (outcome.kind !== 'created') return outcome;
    this.#window?.landed(name, bytes);
    this.#born.set(name, this.#world.elapsedMs);
    const slot = slotOfLogName(name);
    if (slot === undefined) return outcome;
    if (this.history.has(slot)) this.see('a collected slot was created again');
    else this.history.set(slot, this.#opened(name, bytes));
    return outcome;
  }

  async replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator): Promise<ReplaceOutcome> {
    const outcome = await this.store.replaceIfMatch(name, bytes, validator);
    if (outcome.kind === 'replaced') this.#window?.landed(name, bytes);
    return outcome;
  }

  async delete(name: string): Promise<void> {
    const slot = slotOfLogName(name);
    const boundary = this.fence()?.boundary ?? 0;
    if (slot !== undefined && slot > boundary) this.violations.push(`log record ${slot} was deleted, the boundary is ${boundary}`);
    if (slot !== undefined) this.see('a log record was deleted');
    if (name.startsWith('segment/')) this.see('a segment was deleted');
    if (name.startsWith('checkpoint/')) this.see('a checkpoint was deleted');
    if (name === this.fence()?.checkpoint.name) this.violations.push(`the checkpoint ${name} that root names was deleted`);
    await this.store.delete(name);
  }

  async list(
    prefix: string,
    options: { readonly after?: string | undefined; readonly limit?: number | undefined } | undefined,
    isStale: boolean,
  ): Promise<ListPage> {
    const page = await this.store.list(prefix, options);
    if (!isStale) return page;
    const before = this.#world.elapsedMs - STALE_MS;
    return { ...page, objects: page.objects.filter((object) => (this.#born.get(object.name) ?? 0) <= before) };
  }

  /** The fence header of root as it lies. */
  fence(): FenceHeader | undefined {
    const bytes = this.store.peek(ROOT_NAME);
    return bytes === undefined ? undefined : decodeFence(this.#opened(ROOT_NAME, bytes), CRYPTO);
  }

  #opened(name: string, bytes: Uint8Array): Uint8Array {
    return this.#window?.open(name, bytes) ?? bytes;
  }

  see(sight: string): void {
    this.sightings.set(sight, (this.sightings.get(sight) ?? 0) + 1);
  }
}
