import type { PostgresDependency } from '../../core/contracts/dataset/dependency';
import { RollcallError } from '../../core/contracts/errors';
import { describeForeign } from '../../core/runtime/aws/classify';
import { fault, ofNetwork, unavailable } from './asking';
import { isTlsFault } from './tls';

/**
 * SQLSTATEs after which the same may go well: lost connections (08), rollbacks of transactions (40), no resources (53), the server
 * stopping or starting (57P01 – 57P03, 57P05), a statement that took too long (57014), a lock (55P03), faults of the system (58).
 * All others are final: login (28), database (3D), rights and SQL (42), data (22) are as they are.
 */
const PASSING_STATE = /^(?:08|40|53|58|57P0[1235]$|57014$|55P03$)/;
/** The driver's own words where there is no code: the connection was lost, or no answer came. */
const LOST = /^(?:Connection terminated|timeout expired|Query read timeout|Client has encountered a connection error)/;

/** Whether an error that the server reported may pass. */
export function isPassingState(sqlState: string, severity: string): boolean {
  // A protocol violation; but PgBouncer and RDS Proxy end a connection with it for want of another code.
  if (sqlState === '08P01') return severity === 'FATAL';
  return PASSING_STATE.test(sqlState);
}

/**
 * What an error means that came while a database was asked.
 * @param hide takes what is in the secret out of a text: servers and drivers repeat user, host and database
 */
export function ofPostgres(of: PostgresDependency, error: unknown, hide: (text: string) => string): RollcallError {
  if (error instanceof RollcallError) return error;
  const { message, code = '' } = describeForeign(error);
  const { severity } = error as { severity?: unknown };
  if (typeof severity === 'string' && /^[0-9A-Z]{5}$/.test(code)) {
    const what = hide(`${message} (SQLSTATE ${code})`);
    return isPassingState(code, severity) ? unavailable(of, what) : fault(of, what);
  }
  if (LOST.test(message)) return unavailable(of, hide(message));
  if (isTlsFault(code)) return fault(of, hide(`its certificate is refused: ${message} [${code}]`));
  if (/SSL/.test(message) && code === '') return fault(of, `${hide(message)}; where that is meant, declare tls: 'off'`);
  return ofNetwork(of, error, hide);
}
