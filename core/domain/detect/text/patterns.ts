/** Lines of well-known logs, as RE2 patterns with named groups. */

export interface LinePattern {
  /** What it is, for people. */
  readonly what: string;
  readonly pattern: string;
  /** Whether a line that matches can hardly be anything else. */
  readonly sure: boolean;
  /** Whether lines that match are no CSV, even if each has as many commas or blanks as the others. */
  readonly isLog: boolean;
  /** Types by the format's own documentation, of values for which there may be a dash. */
  readonly types?: Readonly<Record<string, 'integer' | 'double'>>;
}

const QUOTED = (name: string) => `"(?<${name}>(?:[^"\\\\]|\\\\.)*)"`;
const OR_DASH = (name: string) => `(?:"(?<${name}>[^"]*)"|-)`;
const words = (...names: readonly string[]) => names.map((name) => `(?<${name}>\\S+)`).join(' ');
const COMMON = `${words('ip', 'identity', 'user')} \\[(?<time>[^\\]]+)\\] ${QUOTED('request')} (?<status>\\d{3}) (?<bytes>\\S+)`;
const TIME = '\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(?:[.,]\\d+)?(?:Z|[+-]\\d{2}:?\\d{2})?';
const LEVELS =
  '(?:TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRITICAL|SEVERE|trace|debug|info|notice|warn|warning|error|fatal|critical)';

const of = (type: 'integer' | 'double', ...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, type]));

/** In the order in which they are tried. */
export const PATTERNS: readonly LinePattern[] = [
  {
    what: 'access log of S3',
    types: of('integer', 'http_status', 'bytes_sent', 'object_size', 'total_time', 'turn_around_time'),
    sure: true,
    isLog: true,
    pattern:
      `^(?<bucket_owner>\\S+) (?<bucket>\\S+) \\[(?<time>[^\\]]+)\\] ${words('remote_ip', 'requester', 'request_id')} ` +
      `(?<operation>[A-Z][A-Za-z0-9]*\\.\\S+) (?<key>\\S+) ${OR_DASH('request_uri')} ` +
      `${words('http_status', 'error_code', 'bytes_sent', 'object_size', 'total_time', 'turn_around_time')} ` +
      `${OR_DASH('referer')} ${OR_DASH('user_agent')} (?<version_id>\\S+)` +
      `(?: ${words('host_id', 'signature_version', 'cipher_suite', 'authentication_type', 'host_header', 'tls_version')}` +
      `(?: ${words('access_point_arn', 'acl_required')}(?: .*)?)?)?$`,
  },
  {
    what: 'access log of an Application Load Balancer',
    types: {
      ...of('double', 'request_processing_time', 'target_processing_time', 'response_processing_time'),
      ...of(
        'integer',
        'elb_status_code',
        'target_status_code',
        'received_bytes',
        'sent_bytes',
        'matched_rule_priority',
      ),
    },
    sure: true,
    isLog: true,
    pattern:
      `^(?<type>https?|h2|grpcs|wss?) ${words('time', 'elb', 'client', 'target')} ` +
      `${words('request_processing_time', 'target_processing_time', 'response_processing_time')} ` +
      `${words('elb_status_code', 'target_status_code', 'received_bytes', 'sent_bytes')} ` +
      `"(?<request>[^"]*)" "(?<user_agent>[^"]*)" ${words('ssl_cipher', 'ssl_protocol', 'target_group_arn')} ` +
      `"(?<trace_id>[^"]*)"(?: "(?<domain_name>[^"]*)" "(?<chosen_cert_arn>[^"]*)" ${words('matched_rule_priority', 'request_creation_time')} ` +
      `"(?<actions_executed>[^"]*)" "(?<redirect_url>[^"]*)"(?<more>.*))?$`,
  },
  {
    what: 'access log of a Classic Load Balancer',
    types: {
      ...of('double', 'request_processing_time', 'backend_processing_time', 'response_processing_time'),
      ...of('integer', 'elb_status_code', 'backend_status_code', 'received_bytes', 'sent_bytes'),
    },
    sure: true,
    isLog: true,
    pattern:
      `^(?<time>\\d{4}-\\d{2}-\\d{2}T\\S+Z) ${words('elb', 'client', 'backend')} ` +
      `${words('request_processing_time', 'backend_processing_time', 'response_processing_time')} ` +
      `${words('elb_status_code', 'backend_status_code', 'received_bytes', 'sent_bytes')} ` +
      `"(?<request>[^"]*)"(?: "(?<user_agent>[^"]*)" ${words('ssl_cipher', 'ssl_protocol')})?$`,
  },
  {
    what: 'combined log format of Apache and nginx',
    types: of('integer', 'status', 'bytes'),
    sure: true,
    isLog: true,
    pattern: `^${COMMON} ${QUOTED('referer')} ${QUOTED('user_agent')}$`,
  },
  {
    what: 'common log format of Apache',
    types: of('integer', 'status', 'bytes'),
    sure: true,
    isLog: true,
    pattern: `^${COMMON}$`,
  },
  {
    what: 'log format of Apache or nginx with more behind it',
    types: of('integer', 'status', 'bytes'),
    sure: true,
    isLog: true,
    pattern: `^${COMMON} ${QUOTED('referer')} ${QUOTED('user_agent')} (?<more>.*)$`,
  },
  {
    what: 'syslog (RFC 5424)',
    sure: false,
    isLog: true,
    pattern: `^<(?<priority>\\d+)>1 ${words('time', 'host', 'app', 'process', 'message_id')} (?<message>.*)$`,
  },
  {
    what: 'syslog (RFC 3164)',
    sure: false,
    isLog: true,
    pattern:
      '^(?:<(?<priority>\\d+)>)?(?<time>[A-Z][a-z]{2} [ \\d]\\d \\d{2}:\\d{2}:\\d{2}) (?<host>\\S+) (?<program>[^:\\[ ]+)(?:\\[(?<pid>\\d+)\\])?: (?<message>.*)$',
  },
  {
    what: 'a time, a level and a message',
    sure: false,
    isLog: true,
    pattern: `^\\[?(?<time>${TIME})\\]?[ \\t]+\\[?(?<level>${LEVELS})\\]?:?[ \\t]+(?<message>.*)$`,
  },
  {
    what: 'a time and a message',
    sure: false,
    isLog: false,
    pattern: `^\\[?(?<time>${TIME})\\]?[ \\t]+(?<message>.*)$`,
  },
];

/** The pattern that every line matches. */
export const WHOLE_LINE = '^(?<line>.*)$';
