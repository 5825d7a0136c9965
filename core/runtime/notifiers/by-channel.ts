import type { Message } from '../../domain/messages/message';
import type { Answer, Notifier } from '../delivery/notifier';
import type { NotifierOptions } from './kind';
import { addressOf, kindOf, type Channels } from './registry';

/** Posts to each channel by the notifier of its address, which is made when it is first needed, and kept. */
export class ByChannel implements Notifier {
  readonly #byAddress = new Map<string, Notifier>();

  constructor(
    private readonly channels: Channels,
    private readonly options: NotifierOptions,
  ) {}

  render(message: Message, channel: string): unknown {
    return this.#of(channel)?.render(message, channel);
  }

  async post(channel: string, message: unknown, withinMs: number): Promise<Answer> {
    const notifier = this.#of(channel);
    if (notifier !== undefined) return notifier.post(channel, message, withinMs);
    // Synth accepts no such address: a person has changed the function's environment.
    const reason = `no notifier posts to the address of the channel ${channel}`;
    return { is: 'channel-refused', reason, retryAfterSeconds: undefined };
  }

  #of(channel: string): Notifier | undefined {
    const address = addressOf(channel, this.channels);
    const known = this.#byAddress.get(address) ?? kindOf(address)?.create(address, this.options);
    if (known !== undefined) this.#byAddress.set(address, known);
    return known;
  }
}
