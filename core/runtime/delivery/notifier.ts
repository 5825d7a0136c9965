import type { Message } from '../../domain/messages/message';

/** What became of a post. Only `taken` means that people have it. */
export type Answer =
  | { readonly is: 'taken' }
  /** This message is not taken; another, or the same one put more plainly, may be. */
  | { readonly is: 'message-refused'; readonly reason: string }
  /** Nothing is taken at this channel now. `retryAfterSeconds`: it passes by itself; undefined: a person has to do something. */
  | { readonly is: 'channel-refused'; readonly reason: string; readonly retryAfterSeconds: number | undefined }
  /**
   * No answer, or one that says nothing. `mayHaveTaken`: the request may have reached the channel, and it is not known
   * what became of it.
   */
  | { readonly is: 'unknown'; readonly reason: string; readonly mayHaveTaken: boolean };

/** Any answer but that it was taken. */
export type Failure = Exclude<Answer, { readonly is: 'taken' }>;

/**
 * A way to reach people; `M` is a message as it is sent. Delivery knows nothing else of it. Its caller holds the message's lease, so a
 * notifier never repeats a post by itself.
 */
export interface Notifier<M = unknown> {
  /** The message as the channel takes it. What it throws is a defect of ours: the message is put more plainly. */
  render(message: Message, channel: string): M;
  /** Posts a message, and is back within `withinMs` milliseconds. Never throws for anything that the channel, the network or a secret does. */
  post(channel: string, message: M, withinMs: number): Promise<Answer>;
}
