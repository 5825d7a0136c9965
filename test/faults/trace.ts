import type { World } from '../../local/world';

/** Something that happened in a case and that judging it needs: in order, because many things happen at one simulated instant. */
export type Happening =
  /** Slack took a post; `answered`: whether the sender can have learned of it. */
  | { readonly what: 'post'; readonly text: string; readonly payload: string; readonly answered: boolean }
  /** A receipt was written. */
  | { readonly what: 'receipt'; readonly key: string }
  /** An injection struck. */
  | { readonly what: 'strike'; readonly on: string; readonly act: string }
  | { readonly what: 'release' | 'state' | 'sweep' | 'event' | 'execution'; readonly of: string };

export type Traced = Happening & { readonly at: number };

/** What happened, with its simulated time; printed as it happens where a case is run alone. */
export class Trace {
  readonly happenings: Traced[] = [];

  constructor(
    readonly world: World,
    readonly say?: (line: string) => void,
  ) {}

  add(happening: Happening): void {
    const at = this.world.clock.now();
    this.happenings.push({ ...happening, at });
    const { what, ...rest } = happening;
    const words = Object.entries(rest).map(([name, value]) => (name === 'payload' ? '' : String(value)));
    this.say?.(`${new Date(at).toISOString().slice(11, 23)}  ${what.padEnd(9)} ${words.join(' ')}`);
  }

  strikes(): Extract<Traced, { what: 'strike' }>[] {
    return this.happenings.filter((one) => one.what === 'strike');
  }
}
