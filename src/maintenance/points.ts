/** The named points between the steps of maintenance, where tests crash, freeze or delay it. */
export type Point =
  | 'checkpoint:before-upload'
  | 'checkpoint:segments-uploaded'
  | 'checkpoint:uploaded'
  | 'checkpoint:published'
  | 'restore:held'
  | 'restore:built'
  | 'restore:committed'
  | 'backup:held'
  | 'backup:copied'
  | 'backup:restored'
  | 'branch:held'
  | 'branch:uploaded'
  | 'branch:written'
  | 'branch:pinned'
  | 'promote:copied'
  | 'promote:filled'
  | 'branch:marked'
  | 'branch:closed'
  | 'branch:unpinned'
  | 'rotate:keyring-written'
  | 'rotate:announced'
  | 'garbage:before-boundary'
  | 'garbage:boundary-written'
  | 'garbage:before-record'
  | 'garbage:before-doom'
  | 'garbage:doom-logged'
  | 'garbage:doom-written'
  | 'garbage:before-segment'
  | 'garbage:before-branch-object'
  | 'garbage:before-intent';

/** Tells the hook, if there is one, and waits for it. */
export async function pass(at: ((point: Point) => void | Promise<void>) | undefined, point: Point): Promise<void> {
  await at?.(point);
}
