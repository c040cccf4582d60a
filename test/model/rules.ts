/**
 * The protocol's rules as switches, and the bounds of a search. `PROTOCOL` is the protocol of DESIGN.md; a mutant is the
 * same with one rule turned over.
 */

export interface Rules {
  /** A create that was answered "created" is believed only after root (or the store's clock) says that the slot was never collected. */
  readonly confirmCreate: boolean;
  /** A stranger's record in my slot is believed only after the same. */
  readonly confirmLoss: boolean;
  /** A 404 at the end of a replay is believed only after the same. */
  readonly confirmEnd: boolean;
  /** A record that bears my transaction's id is my own success. */
  readonly recogniseOwn: boolean;
  /** An unknown outcome with an empty slot: the same bytes to the same slot again. Otherwise: "404, so it failed". */
  readonly emptyIsUnknown: boolean;
  /** A transaction that was sent and then fell behind the boundary is reported unknown, never run again. */
  readonly behindIsUnknown: boolean;
  /** A transaction whose deadline passed without an owner of its slot is reported unknown, never run again. */
  readonly deadlineIsUnknown: boolean;
  /** The boundary is in root before the first slot below it is deleted. */
  readonly boundaryFirst: boolean;
  /** A checkpoint is published only when it is newer than the one in root. */
  readonly checkpointGrows: boolean;
  /** A checkpoint that names an own segment at or below the doom epoch is refused. */
  readonly publishChecksDoom: boolean;
  /** A publication is an edit of the manifest that root names now, not of the one it named when the edit was begun. */
  readonly publishRebases: boolean;
  /** The doom epoch is in root before the first segment is deleted. */
  readonly doomFirst: boolean;
  /** The doom epoch is raised by a record in the log before it is written to root. */
  readonly doomIsLogged: boolean;
  /** A bulk load that meets the doom of its segments' epoch is a conflict. */
  readonly bulkMeetsDoom: boolean;
  /** Segments that log records refer to are not deleted. */
  readonly logPins: boolean;
  /** Segments of a bulk load whose outcome is unknown are left alone. */
  readonly unknownIsNotCleaned: boolean;
  /**
   * L of the slot after my own commit: when the PUT that was answered "created" was sent, or the LastModified of my record when
   * I found it there. Otherwise: the last send in both cases; or when the answer was processed.
   */
  readonly nextAbsentAt: 'send or record' | 'last send' | 'answer';
  /** Only records AGE old by the store's clock are collected. */
  readonly ageRule: boolean;
  /** An answer is believed while it is less than AGE after L. Otherwise: for ever. */
  readonly ageIsChecked: boolean;
  /** A slot is deleted only GRACE after the boundary passed it. */
  readonly graceRule: boolean;
}

export const PROTOCOL: Rules = {
  confirmCreate: true,
  confirmLoss: true,
  confirmEnd: true,
  recogniseOwn: true,
  emptyIsUnknown: true,
  behindIsUnknown: true,
  deadlineIsUnknown: true,
  boundaryFirst: true,
  checkpointGrows: true,
  publishChecksDoom: true,
  publishRebases: true,
  doomFirst: true,
  doomIsLogged: true,
  bulkMeetsDoom: true,
  logPins: true,
  unknownIsNotCleaned: true,
  nextAbsentAt: 'send or record',
  ageRule: true,
  ageIsChecked: true,
  graceRule: true,
};

/** A plain writer, one that bulk-loads a segment with each transaction, or a collector whose transactions raise the doom epoch. */
export type Role = 'plain' | 'loader' | 'collector';

/** How far the search goes. Everything not bounded here (time, answers lost, deletions, restarts) is unbounded. */
export interface Bounds {
  readonly name: string;
  readonly slots: number;
  readonly writers: readonly Role[];
  /** Transactions the first writer may begin. */
  readonly transactions: number;
  /** Transactions each other writer may begin; as many when not given. */
  readonly othersTransactions?: number | undefined;
  readonly reader: boolean;
  /** Whether a PUT on the wire may land more than once (an SDK's or a proxy's own repetition). */
  readonly duplicates: boolean;
  /** AGE and GRACE in ticks of the store's clock; undefined: the confirming form, and a collector that need not wait. */
  readonly clock: { readonly ageTicks: number; readonly graceTicks: number } | undefined;
  /** Checkpoints that upload segments of their own; 0: a checkpoint is one atomic step. */
  readonly checkpointSegments: number;
}
