import type { HttpDependency } from '../../core/contracts/dataset/dependency';
import { RollcallError } from '../../core/contracts/errors';
import { describeForeign } from '../../core/runtime/aws/classify';
import { empty, fault, fillIn, ofNetwork, unavailable, within, type Asking } from './asking';
import { isTlsFault } from './tls';

/** Answers that speak of now and not of us. */
const PASSING_STATUS = new Set([408, 425, 429]);
/** Of Node's client, besides those that every step knows. */
const PASSING_CODES = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_SOCKET']);

/** Whether an endpoint answers as it should. Redirects are not followed: a secret header would go wherever they lead. */
export async function checkHttp(of: HttpDependency, asking: Asking): Promise<void> {
  const { name, timeoutSeconds } = of;
  const headers = { 'user-agent': 'rollcall', ...(await secretHeader(of, asking)) };
  const url = fillIn(of.url, asking);
  const ms = Math.min(asking.withinMs, timeoutSeconds * 1000);
  await within(of, ms, async (signal) => {
    try {
      const response = await fetch(url, { method: of.method, headers, redirect: 'manual', signal });
      await judge(of, response);
    } catch (error) {
      if (error instanceof RollcallError) throw error;
      // `fetch failed` has the reason in its cause; the message of another may hold a header.
      const { cause } = error as { cause?: unknown };
      const { name: called, code = '' } = describeForeign(cause ?? error);
      if (isTlsFault(code)) throw fault(of, `its certificate is refused: ${code}`);
      if (PASSING_CODES.has(code)) throw unavailable(of, code);
      if (cause === undefined) throw fault(of, `the request failed: ${called}`);
      throw ofNetwork({ kind: 'http', name }, cause);
    }
  });
}

async function judge(of: HttpDependency, response: Response): Promise<void> {
  const { status, body } = response;
  try {
    if (PASSING_STATUS.has(status) || status >= 500 || of.retryStatus.includes(status))
      throw unavailable(of, `it answered ${status}, expected ${of.expectStatus.join(' or ')}`);
    if (!of.expectStatus.includes(status))
      throw fault(of, `it answered ${status}, expected ${of.expectStatus.join(' or ')}`);
    if (of.requireBody && !(await hasContent(body))) throw empty(of, `it answered ${status} without a body`);
  } finally {
    // However large it is, it is not read.
    await body?.cancel().catch(() => undefined);
  }
}

/** Whether there is a first byte. */
async function hasContent(body: Response['body']): Promise<boolean> {
  if (body === null) return false;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return false;
      if (value.length > 0) return true;
    }
  } finally {
    reader.releaseLock();
  }
}

async function secretHeader(of: HttpDependency, { secrets, withinMs }: Asking): Promise<Record<string, string>> {
  if (of.header === undefined) return {};
  const { name, secret, key } = of.header;
  const value = (
    key === undefined ? await secrets.text(of, secret, withinMs) : await secrets.field(of, secret, key, withinMs)
  ).trim();
  // The error of fetch would quote it.
  if (!/^[\x20-\x7e]+$/.test(value)) throw fault(of, `what the secret ${secret} holds cannot stand in a header`);
  return { [name]: value };
}
