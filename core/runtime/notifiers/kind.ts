import type { Notifier } from '../delivery/notifier';

/** What notifiers are made with. */
export interface NotifierOptions {
  /** Of the functions that record (`contracts/environment.ts`). */
  readonly env: { readonly SLACK_SECRET_ARN: string; readonly SLACK_TIMEOUT_MS: number };
  readonly now: () => Date;
}

/** Actions that a function needs to be allowed, and on what. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/**
 * A kind of notifier: all that is known of it without loading it. Its folder has this as `kind.ts`, `registry.ts` lists
 * it, and nothing else knows its name. Infrastructure reads it too, so it imports nothing that makes requests
 * (`.dependency-cruiser.cjs`): `create` loads the notifier itself only when a message is to be posted by it.
 */
export interface NotifierKind {
  /** The addresses that it posts to, as the setting `channels` has them. Of no two kinds alike. */
  readonly address: RegExp;
  /** What such an address is, for error messages. */
  readonly expected: string;
  /** What the functions that post have to be allowed for an address, besides what all of them are. */
  grantsFor(address: string): readonly Grant[];
  create(address: string, options: NotifierOptions): Notifier;
}
