import { basename, join, resolve } from 'node:path';
import { assert } from '../../src/base/assert.ts';
import { checkedName } from '../names.ts';
import type { Validator } from '../object-store.ts';
import { discard, factsOf, linkText, namesIn, plainFileId } from './durable-files.ts';

/** The version a name stands for at one moment. */
export interface Version {
  /** The random name of the incarnation's first bytes: replaced versions share it, a deleted and recreated name does not. */
  readonly incarnation: string;
  /** 0 for the first version, then its number in the chain. */
  readonly number: number;
  readonly id: Validator;
  readonly bytesPath: string;
  /** The link that decided it. */
  readonly linkPath: string;
}

/** Links of a chain that are kept, those behind the current version without their bytes. */
const LINKS_KEPT = 32;

/** Where a directory store keeps what, and which version a name stands for. Drawn in `directory.ts`. */
export class DirectoryVersions {
  readonly root: string;
  /** The bytes of all versions. */
  readonly objects: string;
  /** One folder of numbered links for each incarnation that was replaced. */
  readonly chains: string;

  constructor(path: string) {
    this.root = resolve(path);
    this.objects = join(this.root, '.objects');
    this.chains = join(this.root, '.chains');
  }

  pathOf(name: string): string {
    const path = join(this.root, checkedName(name));
    assert(path.startsWith(this.root), 'a name stays inside its directory', { name });
    return path;
  }

  chainOf(incarnation: string): string {
    return join(this.chains, incarnation);
  }

  /** The incarnation under a path, undefined when there is none. */
  incarnationOf(path: string): string | undefined {
    const text = linkText(path);
    return text === undefined ? undefined : text === null ? plainFileId(path) : basename(text);
  }

  /** The current version under a path, undefined when there is none. */
  resolve(path: string): Version | undefined {
    const text = linkText(path);
    if (text === undefined) return undefined;
    const incarnation = text === null ? plainFileId(path) : basename(text);
    if (incarnation === undefined) return undefined;
    const chain = this.chainOf(incarnation);
    const number = this.numbersIn(chain).reduce((greatest, each) => Math.max(greatest, each), 0);
    if (number === 0)
      return { incarnation, number, id: incarnation, bytesPath: text === null ? path : join(this.objects, incarnation), linkPath: path };
    const linkPath = join(chain, String(number));
    const bytesName = basename(linkText(linkPath) ?? 'gone');
    return { incarnation, number, id: idOf(bytesName), bytesPath: join(this.objects, bytesName), linkPath };
  }

  numbersIn(chain: string): readonly number[] {
    return namesIn(chain).map(Number);
  }

  /**
   * Cleans up behind version `number`, just made. The one before stays for readers in the middle of it; of those before that
   * only links stay, so that a writer which was slow to look can still tell by its successor's name that it had won.
   */
  discardBehind(incarnation: string, numbers: readonly number[], number: number): void {
    const chain = this.chainOf(incarnation);
    if (number === 2) discard(join(this.objects, incarnation));
    for (const older of numbers) {
      if (older === number - 2) this.#discardBytes(join(chain, String(older)));
      if (older <= number - LINKS_KEPT) this.#discardLink(join(chain, String(older)));
    }
  }

  discardIncarnation(incarnation: string): void {
    const chain = this.chainOf(incarnation);
    if (factsOf(chain) !== undefined) {
      for (const number of this.numbersIn(chain)) this.#discardLink(join(chain, String(number)));
      discard(chain);
    }
    discard(join(this.objects, incarnation));
  }

  /** The link first: then a reader finds no link, instead of one that leads nowhere. */
  #discardLink(path: string): void {
    const text = linkText(path);
    discard(path);
    if (typeof text === 'string') discard(join(this.objects, basename(text)));
  }

  #discardBytes(linkPath: string): void {
    const text = linkText(linkPath);
    if (typeof text === 'string') discard(join(this.objects, basename(text)));
  }
}

/** The version's own random name in `<id>` or `<id>~<id of the version it replaced>`. */
function idOf(bytesName: string): string {
  return bytesName.split('~', 1)[0];
}
