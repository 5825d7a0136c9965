import { SfnError } from './states/local-executions';

/** A message that was published to a topic. */
export interface Publication {
  readonly at: number;
  readonly topicArn: string;
  readonly subject: string | undefined;
  /** As it was sent: with `MessageStructure` `json` a text for each protocol. */
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** SNS takes so much in all, attributes included. */
const MAX_BYTES = 256 * 1024;
/** Fewer than 100 characters, no line breaks; and ASCII, which every version of the documentation allows. */
const SUBJECT = /^[\u0021-\u007e][\u0020-\u007e]{0,98}$/;

/**
 * Refuses what SNS refuses about a publication.
 * @throws SfnError with SNS's code
 */
export function checkPublication(input: Readonly<Record<string, unknown>>): void {
  const { Subject: subject, Message: message, MessageStructure: structure, MessageAttributes: attributes } = input;
  if (!/^arn:[a-z-]+:sns:/.test(String(input['TopicArn']))) throw invalid('TopicArn');
  if (subject !== undefined && !SUBJECT.test(String(subject))) throw invalid('Subject');
  if (typeof message !== 'string' || message === '') throw invalid('Empty message');
  if (structure === 'json' && !hasDefault(message))
    throw invalid('Message Structure - No default entry in JSON message body');
  if (Buffer.byteLength(message) + Buffer.byteLength(JSON.stringify(attributes ?? {})) > MAX_BYTES)
    throw invalid('Message too long');
}

const invalid = (what: string): SfnError => new SfnError('InvalidParameter', `Invalid parameter: ${what}`);

function hasDefault(message: string): boolean {
  try {
    const texts: unknown = JSON.parse(message);
    return typeof texts === 'object' && texts !== null && 'default' in texts && typeof texts.default === 'string';
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}

/** A publication as a mail has it: subject, and the lines of its text. */
export function mailOf({ subject = '', message }: Publication): { readonly subject: string; readonly lines: string[] } {
  if (!hasDefault(message)) return { subject, lines: message.split('\n') };
  const { default: text } = JSON.parse(message) as { default: string };
  return { subject, lines: text.split('\n') };
}
