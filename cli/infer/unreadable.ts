/** A file cannot be looked at: the message says which one, why, and what can be done. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}
