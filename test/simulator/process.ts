/** A process of the simulation: it may be frozen, and hears everything when it thaws, or die, and never hears anything again. */
import type { Clock, Runtime } from '../../src/base/runtime.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import type { World } from './world.ts';

const CRYPTO = nodeRuntime().crypto;

export class Process {
  readonly name: string;
  readonly world: World;
  readonly runtime: Runtime;
  #frozenUntilMs = 0;
  #isDead = false;

  /** `skewMs` is how far its wall clock is off. */
  constructor(world: World, name: string, skewMs: number) {
    this.world = world;
    this.name = name;
    const clock: Clock = {
      now: () => world.nowMs + skewMs,
      monotonic: () => world.elapsedMs,
      sleep: (ms) => new Promise((resolve) => world.after(ms, () => this.deliver(() => resolve()))),
    };
    this.runtime = { clock, random: new SeededRandom(world.random.uint32()), crypto: CRYPTO };
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Lets the process hear of something, now or when it thaws; never when it is dead. */
  deliver(hear: () => void): void {
    if (this.#isDead) return;
    const waitMs = this.#frozenUntilMs - this.world.elapsedMs;
    if (waitMs > 0) this.world.after(waitMs, () => this.deliver(hear));
    else hear();
  }

  freeze(ms: number): void {
    this.world.note(`${this.name} freezes for ${ms}`);
    this.#frozenUntilMs = Math.max(this.#frozenUntilMs, this.world.elapsedMs + ms);
  }

  thaw(): void {
    this.#frozenUntilMs = 0;
  }

  die(): void {
    this.world.note(`${this.name} dies`);
    this.#isDead = true;
  }

  /** Never resolves once the process is dead: for loops of the simulation that play the process's own code. */
  get alive(): Promise<void> {
    return new Promise((resolve) => this.deliver(resolve));
  }
}
