/** Thrown by every call of a process that was killed. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** A process that dies at its n-th call to the outside: before the call has an effect, or after it and before the answer. */
export class Mortal {
  private calls = 0;
  private dead = false;
  constructor(
    private readonly at = Infinity,
    private readonly mode: 'before' | 'after' = 'before',
  ) {}

  get count(): number {
    return this.calls;
  }

  /** What becomes of the next call. */
  next(): Killed | 'lose response' | undefined {
    if (this.dead) return new Killed('dead');
    const mine = this.calls++ === this.at;
    this.dead ||= mine;
    if (!mine) return undefined;
    return this.mode === 'before' ? new Killed('killed before') : 'lose response';
  }
}
