import { columnsOf, found, lines, wordsOf } from './found';
import { textSchema } from '../../../../core/contracts/dataset/formats/text';
import { PATTERNS, WHOLE_LINE } from '../../../../core/domain/detect/text/patterns';

const S3 =
  '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be bucket1 [20/Jan/2026:00:00:38 +0000] 192.0.2.3 79a59df 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET /bucket1?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - s9lzHY= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader b.s3.us-west-1.amazonaws.com TLSV1.2 - -\n';
const ALB =
  'https 2026-01-20T05:00:00.186641Z app/my-lb/50dc 192.168.131.39:2817 - -1 -1 -1 502 - 34 366 "GET https://e.com:443/ HTTP/1.1" "curl/7.46.0" - - arn:aws:tg/1 "Root=1-58337281" "-" "-" 0 2026-01-20T05:00:00.148000Z "forward" "-" "-" "-" "-" "-" "-" "-" TID_1\n';
const COMBINED = '192.0.2.1 - - [20/Jan/2026:05:00:00 +0000] "GET /a?b=\\"c\\" HTTP/1.1" 200 - "-" "Mozilla/5.0 (X)"\n';

describe('lines of logs', () => {
  it.each([...PATTERNS.map(({ what, pattern }) => [what, pattern]), ['a whole line', WHOLE_LINE]])(
    'have a pattern that a definition takes: %s',
    (_what, pattern) => {
      expect(textSchema.safeParse({ pattern }).success).toBe(true);
    },
  );

  it.each([
    ['S3', S3, 'access log of S3'],
    ['a load balancer', ALB, 'access log of an Application Load Balancer'],
    ['Apache and nginx', COMBINED, 'combined log format of Apache and nginx'],
    [
      'Apache, common',
      '192.0.2.1 - - [20/Jan/2026:05:00:00 +0000] "GET /a HTTP/1.1" 200 12\n',
      'common log format of Apache',
    ],
  ])('are known: %s', (_what, line, saw) => {
    expect(found(line.repeat(3))).toMatchObject({ format: 'text', saw, records: 3, notes: [] });
  });

  it('have the types of their documentation, and a dash for nothing', () => {
    const dashed = (type: string) => ({ type, nullable: true, read: { nullValues: ['-'] } });
    expect(columnsOf(found(S3))).toMatchObject({
      time: { type: 'timestamp', read: { format: '%d/%b/%Y:%H:%M:%S %z' } },
      http_status: dashed('integer'),
      object_size: dashed('integer'),
      key: dashed('string'),
    });
    expect(columnsOf(found(ALB))).toMatchObject({
      time: { type: 'timestamp' },
      target_processing_time: dashed('double'),
      target_status_code: dashed('integer'),
    });
  });

  it('may hold some that do not match', () => {
    expect(found(`${COMBINED.repeat(9)}nonsense\n`)).toMatchObject({
      records: 9,
      notes: ['1 lines do not match (line 10 of file-1)'],
    });
  });

  it.each([
    ['syslog', lines(9, (i) => `Jan 20 05:00:1${i} host sshd[123]: message ${i}, port ${i}`), 'syslog (RFC 3164)'],
    [
      'an application',
      lines(9, (i) => `2026-01-20 05:00:1${i},123 INFO [main] c.e.App - started, ${i}`),
      'a time, a level and a message',
    ],
    [
      'prose',
      'This is a text.\nIt has lines, and commas, of all kinds.\n\nNothing else here; really.\n',
      'a pattern with a named group',
    ],
  ])('of other kinds are one value each, with a pattern as a comment: %s', (_what, text, saw) => {
    const finding = found(text);
    expect(wordsOf(finding)).toEqual({ pattern: WHOLE_LINE });
    expect(columnsOf(finding)).toEqual({ line: { type: 'string' } });
    expect(finding.words.find(({ sure }) => !sure)?.saw).toContain(saw);
  });

  it('of W3C are CSV with the names of their comment', () => {
    const text = `#Version: 1.0\n#Fields: date time x-edge-location sc-bytes\n${lines(3, (i) => `2026-01-20\t05:00:0${i}\tFRA2\t${i === 3 ? '-' : i}`)}`;
    const finding = found(text);
    expect(wordsOf(finding)).toEqual({
      delimiter: '\t',
      quote: null,
      header: false,
      comment: '#',
      nullValues: ['', '-'],
    });
    expect(columnsOf(finding)).toMatchObject({
      x_edge_location: { type: 'string' },
      sc_bytes: { type: 'integer', nullable: true },
    });
  });
});
