import { FINAL_ERROR_NAMES, RETRYABLE_ERROR_NAMES, RETRYABLE_SERVICE_ERRORS } from '../core/contracts/errors';

/** Names that Step Functions itself reports (developer guide, "Handling errors"). */
const STATES_ERRORS = [
  'States.ALL',
  'States.BranchFailed',
  'States.DataLimitExceeded',
  'States.ExceedToleratedFailureThreshold',
  'States.HeartbeatTimeout',
  'States.Http.Socket',
  'States.IntrinsicFailure',
  'States.ItemReaderFailed',
  'States.NoChoiceMatched',
  'States.ParameterPathFailure',
  'States.Permissions',
  'States.QueryEvaluationError',
  'States.ResultPathMatchFailure',
  'States.ResultWriterFailed',
  'States.Runtime',
  'States.TaskFailed',
  'States.Timeout',
];

/** Names that Lambda's API, its runtimes and its sandbox report. */
const LAMBDA_EXCEPTIONS =
  'CodeStorageExceeded EC2AccessDenied EC2Throttled EC2Unexpected EFSIO EFSMountConnectivity EFSMountFailure ' +
  'EFSMountTimeout ENILimitReached InvalidParameterValue InvalidRequestContent InvalidRuntime ' +
  'InvalidSecurityGroupID InvalidSubnetID InvalidZipFile KMSAccessDenied KMSDisabled KMSInvalidState KMSNotFound ' +
  'RecursiveInvocation RequestTooLarge ResourceConflict ResourceNotFound ResourceNotReady SnapStart ' +
  'SnapStartNotReady SnapStartTimeout SubnetIPAddressLimitReached UnsupportedMediaType';
const LAMBDA_ERRORS = [
  ...RETRYABLE_SERVICE_ERRORS,
  ...LAMBDA_EXCEPTIONS.split(' ').map((name) => `Lambda.${name}Exception`),
  'Lambda.Unknown',
  'Sandbox.Timedout',
  'Runtime.ExitError',
  'Runtime.OutOfMemory',
  'Runtime.ImportModuleError',
  'Runtime.HandlerNotFound',
  'Runtime.UserCodeSyntaxError',
  'Runtime.MalformedHandlerName',
  'Runtime.UnhandledPromiseRejection',
];

/** What Node, Python and Java throw by themselves. */
const BUILTIN_ERRORS = ['Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'Exception'];

/** `Service.Name` as the integrations of other services report it, e.g. `S3.NoSuchKeyException`, `Glue.ConcurrentRunsExceededException`. */
const SERVICE_ERROR = /^(?!States\.|Lambda\.|Sandbox\.|Runtime\.)[A-Z][A-Za-z0-9]+\.[A-Z][A-Za-z0-9]+$/;

/** Names that Rollcall's own steps throw. */
const OWN_ERRORS: readonly string[] = [...RETRYABLE_ERROR_NAMES, ...FINAL_ERROR_NAMES];

const KNOWN: readonly string[] = [...OWN_ERRORS, ...STATES_ERRORS, ...LAMBDA_ERRORS, ...BUILTIN_ERRORS];

/**
 * Errors for which the same call again is wrong: everything that is not known to be passing (the wildcards), what a killed or hung
 * process leaves (the same work would kill it again, and the old process may still run), and what no repetition puts right.
 */
export const NEVER_RETRY: ReadonlySet<string> = new Set([
  ...FINAL_ERROR_NAMES,
  ...STATES_ERRORS.filter(
    (name) => !['States.ItemReaderFailed', 'States.ResultWriterFailed', 'States.Http.Socket'].includes(name),
  ),
  ...BUILTIN_ERRORS,
  'Sandbox.Timedout',
  'Lambda.Unknown',
  'Lambda.ResourceNotFoundException',
  'Runtime.ExitError',
  'Runtime.OutOfMemory',
  'Runtime.ImportModuleError',
  'Runtime.HandlerNotFound',
]);

/** Whether an error of that name can occur. `declared` are those that the caller says his functions throw. */
export function existsError(name: string, declared: readonly string[]): boolean {
  return KNOWN.includes(name) || declared.includes(name) || SERVICE_ERROR.test(name);
}

/** The known name that is at most a few letters away: what was probably meant. */
export function nearestError(name: string, declared: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const ranked = [...KNOWN, ...declared]
    .map((known) => ({ known, away: distance(lower, known.toLowerCase()) }))
    .sort((a, b) => a.away - b.away);
  const best = ranked[0];
  return best !== undefined && best.away <= Math.max(1, Math.floor(name.length / 5)) ? best.known : undefined;
}

/** Levenshtein's distance: letters to insert, remove or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
