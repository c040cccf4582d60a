/**
 * A branch's view of a bucket: everything of its own lies under `branch/<id>/`, and segments that are not there are its parent's.
 *
 *     root, log/…, checkpoint/…   ──> branch/<id>/root, branch/<id>/log/…, …
 *     segment/x                   ──> branch/<id>/segment/x, or else segment/x of the parent
 *
 * A segment's name holds 128 random bits, so it lies in one place only. The first request for a segment asks both at once; from then on it is
 * known where it is. Nothing of the parent is ever written or deleted.
 */
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

/** What every branch's objects' names begin with. */
export const BRANCH_PREFIX = 'branch/';

/** What names of objects begin with that may be the parent's. */
const INHERITED_PREFIX = 'segment/';
/** Segments whose place is remembered. */
const PLACES_MAX = 10_000;

export class BranchStore implements ObjectStore {
  /** The branch's id, which is that of the database in it. */
  readonly id: string;
  readonly #parent: ObjectStore;
  readonly #prefix: string;
  /** Where segments lie, as far as it was met. */
  readonly #places = new Map<string, 'own' | 'inherited'>();

  /** `id`: the branch's, 32 hexadecimal digits. Closing it closes `parent`. */
  constructor(parent: ObjectStore, id: string) {
    this.id = id;
    this.#parent = parent;
    this.#prefix = `${BRANCH_PREFIX}${id}/`;
  }

  async get(name: string, options?: GetOptions): Promise<GetOutcome> {
    const own = this.#prefix + name;
    if (!name.startsWith(INHERITED_PREFIX)) return this.#parent.get(own, options);
    const place = this.#places.get(name);
    if (place !== undefined) return this.#parent.get(place === 'own' ? own : name, options);
    const [mine, theirs] = await Promise.all([this.#parent.get(own, options), this.#parent.get(name, options)]);
    if (mine.kind !== 'absent') return this.#met(name, 'own', mine);
    return theirs.kind === 'absent' ? theirs : this.#met(name, 'inherited', theirs);
  }

  createIfAbsent(name: string, bytes: Uint8Array, options?: WriteOptions): Promise<CreateOutcome> {
    return this.#parent.createIfAbsent(this.#prefix + name, bytes, options);
  }

  replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options?: WriteOptions): Promise<ReplaceOutcome> {
    return this.#parent.replaceIfMatch(this.#prefix + name, bytes, validator, options);
  }

  delete(name: string): Promise<void> {
    return this.#parent.delete(this.#prefix + name);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const after = options.after === undefined ? undefined : this.#prefix + options.after;
    const page = await this.#parent.list(this.#prefix + prefix, { ...options, after });
    const cut = (name: string): string => name.slice(this.#prefix.length);
    return {
      ...page,
      objects: page.objects.map((object) => ({ ...object, name: cut(object.name) })),
      next: page.next === undefined ? undefined : cut(page.next),
    };
  }

  close(): Promise<void> {
    return this.#parent.close();
  }

  #met(name: string, place: 'own' | 'inherited', answer: GetOutcome): GetOutcome {
    if (this.#places.size >= PLACES_MAX) this.#places.clear();
    this.#places.set(name, place);
    return answer;
  }
}
