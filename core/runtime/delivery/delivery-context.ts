import type { Dataset } from '../../contracts/dataset/dataset';
import type { Logger } from '../aws/logger';
import type { Store } from '../store/store';
import type { Notifier } from './notifier';

/** What delivering needs, in whichever function. */
export interface DeliveryContext {
  readonly ledger: Store;
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly notifier: Notifier;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly now: () => Date;
  /** Milliseconds until Lambda ends the invocation. */
  readonly remainingMs: () => number;
  /** Names this invocation and no other, a retry of it neither: so it knows its own leases again when an answer of S3 got lost. */
  readonly token: string;
}
