import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VirtualClock } from '../clock';
import { SfnError, type Executions } from './states/local-executions';
import { refusalOf, type MayDo } from './authority';
import { awsAccess, type Access } from './iam';
import { accessKeyId, listen, readBody, type LoopbackServer } from './loopback-server';
import { FunctionNotFound, type Invoker } from './lambda/invoker';
import { escapeXml } from './s3/s3-xml';
import { checkPublication, type Publication } from './sns';
import { SFN_OPERATIONS } from './states/sfn-api';
import type { Place } from '../../edges/cfn';
import type { NamedResource } from '../template/template';

export interface AwsRequest {
  /** `states`, `secretsmanager`, `sns` or `lambda`. */
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly caller: string | undefined;
}

/** What a test makes of a call; as for S3, `after: true` lets it take effect first. */
export type AwsFault =
  | { readonly do: 'answer'; readonly status: number; readonly code: string; readonly message?: string }
  | { readonly do: 'drop'; readonly after?: boolean }
  | { readonly do: 'kill'; readonly after?: boolean };

export interface AwsApiOptions {
  readonly clock: VirtualClock;
  readonly secrets: readonly NamedResource[];
  /** Where secrets are that are not the app's: a test that sets one here has made it beforehand. Default: nowhere. */
  readonly place?: Place;
  readonly port?: number;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The AWS calls other than S3 that the app makes: Step Functions, Secrets Manager, SNS, Lambda. */
export class LocalAwsApi {
  readonly publications: Publication[] = [];
  /** Secret values by name. */
  readonly secrets = new Map<string, string>();
  /** Called before every request. */
  before: ((request: AwsRequest) => AwsFault | undefined | Promise<AwsFault | undefined>) | undefined;
  onKill: ((caller: string) => void) | undefined;
  /** Hears of every message that is published. */
  onPublication: ((publication: Publication) => void) | undefined;
  /** Whether the caller's role allows an access; by default everything is allowed. */
  mayDo: MayDo | undefined;
  /** Set once there is something to answer with: the API is up before what needs its address. */
  executions: Executions | undefined;
  invoker: Invoker | undefined;
  #server: LoopbackServer | undefined;
  #era = 0;

  private constructor(readonly options: AwsApiOptions) {}

  static async start(options: AwsApiOptions): Promise<LocalAwsApi> {
    const api = new LocalAwsApi(options);
    api.#server = await listen((request, response) => api.#handle(request, response), { port: options.port });
    return api;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  async stop(): Promise<void> {
    await this.#server?.close();
  }

  reset(): void {
    this.#era += 1;
    this.publications.length = 0;
    this.before = undefined;
  }

  /** Records a publication, as SNS's Publish does; returns the message id. */
  publish(input: Readonly<Record<string, unknown>>): string {
    const attributes = (input['MessageAttributes'] ?? {}) as Readonly<
      Record<string, { readonly StringValue?: string }>
    >;
    const publication: Publication = {
      at: this.options.clock.now(),
      topicArn: String(input['TopicArn']),
      subject: input['Subject'] as string | undefined,
      message: typeof input['Message'] === 'string' ? input['Message'] : JSON.stringify(input['Message']),
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, value.StringValue ?? '']),
      ),
    };
    this.publications.push(publication);
    this.onPublication?.(publication);
    return randomUUID();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const call = parseCall(request, body);
    const era = this.#era;
    const fault = await this.before?.(call);
    // Held up across a reset: it takes no effect in the new world.
    if (era !== this.#era) return void request.socket.destroy();
    const release = this.options.clock.hold();
    try {
      let answer: Answer;
      const access = this.#accessOf(call);
      const verdict = this.mayDo?.(call.caller, access) ?? 'allowed';
      if (fault?.do === 'answer')
        answer = errorAnswer(call.service, fault.code, fault.message ?? 'Injected by a test', fault.status);
      else if (verdict !== 'allowed') answer = denial(call.service, refusalOf(verdict, access));
      else if (fault !== undefined && fault.after !== true) answer = { status: 0, type: '', body: '' };
      else answer = await this.#answer(call, body);
      if (fault?.do === 'drop' || fault?.do === 'kill') {
        if (fault.do === 'kill' && call.caller !== undefined) this.onKill?.(call.caller);
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.status, {
        'content-type': answer.type,
        'x-amzn-requestid': randomUUID(),
        ...answer.headers,
      });
      response.end(answer.body);
    } finally {
      release();
    }
  }

  /** A secret may be named by its name; policies name its ARN. */
  #accessOf(call: AwsRequest): Access {
    const access = awsAccess(call);
    const secret = this.#secretNamed(access.resource);
    return secret === undefined ? access : { ...access, resource: secret.arn };
  }

  /** A secret of the app, or one that was made beside it, by name or ARN. */
  #secretNamed(id: string): Pick<NamedResource, 'name' | 'arn'> | undefined {
    const { secrets, place } = this.options;
    const own = secrets.find((each) => each.name === id || each.arn === id || each.arn.startsWith(`${id}-`));
    if (own !== undefined || place === undefined || !this.secrets.has(id)) return own;
    return { name: id, arn: `arn:aws:secretsmanager:${place.region}:${place.account}:secret:${id}-AbCdEf` };
  }

  async #answer(call: AwsRequest, body: Buffer): Promise<Answer> {
    try {
      switch (call.service) {
        case 'states':
          return json(this.#states(call));
        case 'secretsmanager':
          return json(this.#secret(call));
        case 'sns': {
          const id = this.#sns(call);
          return {
            status: 200,
            type: 'text/xml',
            body: `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>${id}</MessageId></PublishResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></PublishResponse>`,
          };
        }
        case 'lambda':
          return await this.#invoke(call, body);
        default:
          throw new SfnError(
            'UnknownOperationException',
            `The local AWS does not know ${call.service} ${call.operation}`,
          );
      }
    } catch (error) {
      if (!(error instanceof SfnError)) throw error;
      return errorAnswer(call.service, error.code, error.message, call.service === 'lambda' ? 404 : 400);
    }
  }

  #states(call: AwsRequest): Record<string, unknown> {
    const operation = SFN_OPERATIONS[call.operation];
    if (operation === undefined || this.executions === undefined) {
      throw new SfnError('UnknownOperationException', `The local Step Functions does not know ${call.operation}`);
    }
    return operation(this.executions, call.input);
  }

  #secret({ operation, input }: AwsRequest): Record<string, unknown> {
    const id = String(input['SecretId']);
    const secret = this.#secretNamed(id);
    const name = secret?.name ?? id;
    const about = { ARN: secret?.arn ?? id, Name: name, VersionId: '00000000-0000-4000-8000-000000000001' };
    if (operation === 'CreateSecret') {
      const made = String(input['Name']);
      this.secrets.set(made, String(input['SecretString']));
      return { ...about, ARN: this.#secretNamed(made)?.arn ?? made, Name: made };
    }
    if (operation === 'PutSecretValue') {
      if (secret === undefined)
        throw new SfnError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      this.secrets.set(name, String(input['SecretString']));
      return about;
    }
    if (operation !== 'GetSecretValue')
      throw new SfnError('UnknownOperationException', `The local Secrets Manager does not know ${operation}`);
    const value = this.secrets.get(name);
    if (secret === undefined)
      throw new SfnError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    if (value === undefined)
      throw new SfnError(
        'ResourceNotFoundException',
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      );
    return { ...about, SecretString: value, VersionStages: ['AWSCURRENT'], CreatedDate: 0 };
  }

  #sns(call: AwsRequest): string {
    if (call.operation !== 'Publish')
      throw new SfnError('InvalidAction', `The local SNS does not know ${call.operation}`);
    checkPublication(call.input);
    return this.publish(call.input);
  }

  async #invoke(call: AwsRequest, body: Buffer): Promise<Answer> {
    if (this.invoker === undefined || call.operation !== 'Invoke')
      throw new SfnError('ResourceNotFoundException', `Unknown: ${call.operation}`);
    try {
      const payload = body.length === 0 ? {} : (JSON.parse(body.toString()) as unknown);
      const invocation = this.invoker.invoke({ functionName: String(call.input['FunctionName']), payload });
      const headers = { 'x-amz-executed-version': invocation.version };
      if (call.input['InvocationType'] === 'Event') return { status: 202, type: 'application/json', body: '' };
      const result = await invocation.done;
      if (result.ok) return { ...json(result.payload), headers };
      return { ...json(result.error), headers: { ...headers, 'x-amz-function-error': 'Unhandled' } };
    } catch (error) {
      if (error instanceof FunctionNotFound) throw new SfnError('ResourceNotFoundException', error.message);
      throw error;
    }
  }
}

const TARGETS: Readonly<Record<string, string>> = { AWSStepFunctions: 'states', secretsmanager: 'secretsmanager' };

function parseCall(request: IncomingMessage, body: Buffer): AwsRequest {
  const caller = accessKeyId(request);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    const [prefix = '', operation = ''] = target.split('.');
    const input = JSON.parse(body.toString() || '{}') as Record<string, unknown>;
    return { service: TARGETS[prefix] ?? prefix, operation, input, caller };
  }
  const invoke = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url ?? '');
  if (invoke !== null) {
    const qualifier = new URL(request.url ?? '/', 'http://lambda').searchParams.get('Qualifier');
    const name = decodeURIComponent(invoke[1] ?? '') + (qualifier === null ? '' : `:${qualifier}`);
    return {
      service: 'lambda',
      operation: 'Invoke',
      input: { FunctionName: name, InvocationType: request.headers['x-amz-invocation-type'] },
      caller,
    };
  }
  const form = new URLSearchParams(body.toString());
  if (form.has('Action')) return { service: 'sns', operation: form.get('Action') ?? '', input: snsInput(form), caller };
  return { service: 'unknown', operation: `${request.method ?? ''} ${request.url ?? ''}`, input: {}, caller };
}

function snsInput(form: URLSearchParams): Record<string, unknown> {
  const attributes: Record<string, { StringValue: string }> = {};
  for (let index = 1; form.has(`MessageAttributes.entry.${index}.Name`); index += 1) {
    const prefix = `MessageAttributes.entry.${index}`;
    attributes[form.get(`${prefix}.Name`) ?? ''] = { StringValue: form.get(`${prefix}.Value.StringValue`) ?? '' };
  }
  return {
    TopicArn: form.get('TopicArn') ?? form.get('TargetArn') ?? '',
    Message: form.get('Message') ?? '',
    MessageAttributes: attributes,
    ...(form.has('Subject') ? { Subject: form.get('Subject') } : {}),
    ...(form.has('MessageStructure') ? { MessageStructure: form.get('MessageStructure') } : {}),
  };
}

function json(value: unknown): Answer {
  return { status: 200, type: 'application/x-amz-json-1.0', body: JSON.stringify(value) };
}

/** Each service has its own word for it. */
function denial(service: string, message: string): Answer {
  if (service === 'sns') return errorAnswer(service, 'AuthorizationError', message, 403);
  return errorAnswer(service, 'AccessDeniedException', message, 400);
}

function errorAnswer(service: string, code: string, message: string, status: number): Answer {
  if (service === 'sns') {
    const body = `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>local</RequestId></ErrorResponse>`;
    return { status, type: 'text/xml', body };
  }
  return {
    status,
    type: 'application/x-amz-json-1.0',
    body: JSON.stringify({ __type: code, message, Message: message }),
    headers: { 'x-amzn-errortype': code },
  };
}
