import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusalOf, type MayDo, type Verdict } from '../authority';
import type { VirtualClock } from '../../clock';
import { s3Access, type Access } from '../iam';
import { accessKeyId, listen, localName, readBody, type LoopbackServer } from '../loopback-server';
import {
  checksumOf,
  preconditionFailed,
  S3Error,
  S3Store,
  unquote,
  type Conditions,
  type StoredObject,
} from './s3-store';
import * as xml from './s3-xml';

export type S3Operation =
  | 'ListBuckets'
  | 'CreateBucket'
  | 'HeadBucket'
  | 'DeleteBucket'
  | 'GetBucketLocation'
  | 'ListObjects'
  | 'ListObjectsV2'
  | 'ListObjectVersions'
  | 'GetObject'
  | 'GetObjectVersion'
  | 'HeadObject'
  | 'PutObject'
  | 'CopyObject'
  | 'DeleteObject'
  | 'DeleteObjects'
  | 'DeleteObjectVersion'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'NotImplemented';

export interface S3Request {
  readonly operation: S3Operation;
  readonly bucket: string;
  /** Empty for requests about a bucket. */
  readonly key: string;
  /** Of a listing. */
  readonly prefix: string | undefined;
  readonly delimiter: string | undefined;
  /** Access key id of the caller; each Lambda process has one of its own. */
  readonly caller: string | undefined;
  /** 1 for the first request this server got. */
  readonly number: number;
}

/**
 * What a test makes of a request. `after: true` lets it take effect first: only the answer is lost.
 * - `answer`: this error instead; `drop`: the connection is cut; `kill`: the calling process is killed;
 * - `delay`: so much simulated time passes first.
 */
export type S3Fault =
  | { readonly do: 'answer'; readonly status: number; readonly code: string; readonly message?: string }
  | { readonly do: 'drop'; readonly after?: boolean }
  | { readonly do: 'kill'; readonly after?: boolean }
  | { readonly do: 'delay'; readonly ms: number };

export type S3Hook = (request: S3Request) => S3Fault | undefined | Promise<S3Fault | undefined>;

export interface S3Options {
  readonly clock: VirtualClock;
  /** Owner of every bucket, compared with `x-amz-expected-bucket-owner`. */
  readonly account: string;
  readonly port?: number;
}

interface Denial {
  readonly bucket: string;
  readonly prefix: string;
  readonly operations: readonly S3Operation[] | undefined;
  readonly message: string;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly s3: S3Request;
  readonly body: Buffer;
}

const KEPT_HEADERS = /^(content-(type|encoding|language|disposition)|cache-control|x-amz-(meta|checksum)-.+)$/;

/** S3 over HTTP on loopback, with the conditions, errors and pages of the real one, under the virtual clock. */
export class LocalS3 {
  readonly store: S3Store;
  /** How often each operation was asked for. */
  readonly counts = new Map<S3Operation, number>();
  /** Called before every request; at most one at a time. */
  before: S3Hook | undefined;
  /** Whether the caller's role allows an access; by default everything is allowed. */
  mayDo: MayDo | undefined;
  /** Kills the process with that access key id; set by what runs the processes. */
  onKill: ((caller: string) => void) | undefined;
  #number = 0;
  /** Counts resets: a request held up across one takes no effect after it. */
  #era = 0;
  #server: LoopbackServer | undefined;
  readonly #denials = new Set<Denial>();
  readonly #owners = new Map<string, string>();

  private constructor(readonly options: S3Options) {
    this.store = new S3Store(options.clock);
  }

  static async start(options: S3Options): Promise<LocalS3> {
    const s3 = new LocalS3(options);
    s3.#server = await listen((request, response) => s3.#handle(request, response), {
      port: options.port,
      subdomains: true,
    });
    return s3;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  async stop(): Promise<void> {
    await this.#server?.close();
  }

  /** Empty again: no buckets, denials, hooks or counts. */
  reset(): void {
    this.#era += 1;
    for (const bucket of this.store.buckets()) this.store.dropBucket(bucket);
    this.#denials.clear();
    this.#owners.clear();
    this.counts.clear();
    this.before = undefined;
  }

  /**
   * Answers 403 AccessDenied for the keys under a prefix (default: the whole bucket, listing included),
   * for all operations or the ones named. Returns what allows them again.
   */
  deny(
    bucket: string,
    prefix = '',
    options: { readonly operations?: readonly S3Operation[]; readonly message?: string } = {},
  ): () => void {
    const denial: Denial = {
      bucket,
      prefix,
      operations: options.operations,
      message: options.message ?? 'Access Denied',
    };
    this.#denials.add(denial);
    return () => this.#denials.delete(denial);
  }

  /** The account that owns a bucket, where it is not the app's own. */
  setOwner(bucket: string, account: string): void {
    this.#owners.set(bucket, account);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // By hand: URL would resolve the `..` that a key may contain.
    const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s);
    const query = new URLSearchParams(search);
    // A client that is given a name, not an address, puts the bucket in front of it.
    const virtual = localName(request.headers.host);
    const [bucket = '', ...rest] = [...(virtual ? [virtual] : []), ...path.slice(1).split('/')];
    const s3: S3Request = {
      operation: operationOf(request, bucket, rest.join('/'), query),
      bucket: decodeURIComponent(bucket),
      key: decodeURIComponent(rest.join('/')),
      prefix: query.get('prefix') ?? undefined,
      delimiter: query.get('delimiter') ?? undefined,
      caller: accessKeyId(request),
      number: ++this.#number,
    };
    this.counts.set(s3.operation, (this.counts.get(s3.operation) ?? 0) + 1);
    const raw = await readBody(request);
    const era = this.#era;
    const fault = await this.before?.(s3);
    if (fault?.do === 'delay') await this.options.clock.advance(fault.ms);
    if (era !== this.#era) return void request.socket.destroy();
    const release = this.options.clock.hold();
    try {
      response.setHeader('x-amz-request-id', `LOCAL${s3.number}`);
      if (fault?.do === 'answer') throw new S3Error(fault.status, fault.code, fault.message ?? 'Injected by a test');
      if (fault?.do === 'drop' || fault?.do === 'kill') {
        if (fault.after === true) this.#serveUnheard({ request, response, query, s3, body: raw });
        if (fault.do === 'kill' && s3.caller !== undefined) this.onKill?.(s3.caller);
        request.socket.destroy();
        return;
      }
      this.#serve({ request, response, query, s3, body: raw })();
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      answerError(request, response, error);
    } finally {
      release();
    }
  }

  /** Does what is asked for, in one step; returns how to answer. */
  #serve(exchange: Exchange): () => void {
    this.#authorize(exchange.request, exchange.s3);
    return this.#act(exchange);
  }

  /** Does what is asked for; the caller never learns how it went. */
  #serveUnheard(exchange: Exchange): void {
    try {
      this.#serve(exchange);
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
    }
  }

  #authorize(request: IncomingMessage, s3: S3Request): void {
    const expectedOwner = request.headers['x-amz-expected-bucket-owner'];
    if (expectedOwner !== undefined && this.store.hasBucket(s3.bucket)) {
      const owner = this.#owners.get(s3.bucket) ?? this.options.account;
      if (expectedOwner !== owner) throw new S3Error(403, 'AccessDenied', 'Access Denied');
    }
    const verdictOn = (access: Access): Verdict => this.mayDo?.(s3.caller, access) ?? 'allowed';
    const access = s3Access(s3.operation, { ...s3, ...conditionsOf(request) });
    // No policy matters for a bucket that does not exist.
    if (this.store.hasBucket(s3.bucket)) {
      // Of several objects, each is asked about by itself.
      const verdict = s3.operation === 'DeleteObjects' ? 'allowed' : verdictOn(access);
      if (verdict !== 'allowed') throw new S3Error(403, 'AccessDenied', refusalOf(verdict, access));
      // Who may not list learns nothing about what is missing.
      const missing = access.action === 's3:GetObject' && !this.store.hasKey(s3.bucket, s3.key);
      if (missing && verdictOn(s3Access('ListObjectsV2', { bucket: s3.bucket, key: '' })) !== 'allowed')
        throw new S3Error(403, 'AccessDenied', `Not authorized to perform s3:ListBucket on ${s3.bucket}`);
    }
    const denial = this.#denied(s3, s3.key);
    if (denial !== undefined) throw new S3Error(403, 'AccessDenied', denial.message);
  }

  #denied(s3: S3Request, key: string): Denial | undefined {
    for (const denial of this.#denials) {
      if (denial.bucket !== s3.bucket) continue;
      if (denial.operations !== undefined && !denial.operations.includes(s3.operation)) continue;
      if (key === '' ? denial.prefix === '' || denial.operations !== undefined : key.startsWith(denial.prefix))
        return denial;
    }
    return undefined;
  }

  /** Takes effect at once, without a turn of the event loop in between; returns how to answer. */
  #act(exchange: Exchange): () => void {
    const { request, response, query, s3 } = exchange;
    const { bucket, key } = s3;
    const store = this.store;
    switch (s3.operation) {
      case 'ListBuckets':
        return sendXml(response, xml.bucketsXml(store.buckets(), this.options.account, new Date(0).toISOString()));
      case 'CreateBucket':
        store.createBucket(bucket);
        return send(response, 200, { location: `/${bucket}` });
      case 'HeadBucket':
        store.keys(bucket);
        return send(response, 200, { 'x-amz-bucket-region': 'us-east-1' });
      case 'GetBucketLocation':
        store.keys(bucket);
        return sendXml(response, '<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint/>');
      case 'DeleteBucket':
        if (store.keys(bucket).length > 0) throw new S3Error(409, 'BucketNotEmpty', 'The bucket is not empty');
        store.dropBucket(bucket);
        return send(response, 204, {});
      case 'ListObjects':
      case 'ListObjectsV2':
        return this.#list(exchange);
      case 'ListObjectVersions':
        return this.#listVersions(exchange);
      case 'GetObject':
      case 'HeadObject':
        return read(exchange, store.get(bucket, key));
      case 'GetObjectVersion':
        return read(exchange, store.version(bucket, key, query.get('versionId') ?? ''));
      case 'PutObject': {
        const { body, trailers } = decodeChunks(request, exchange.body);
        const kept = keptHeaders(request, trailers);
        verifyChecksums(kept, body);
        const object = store.put(bucket, key, body, kept, conditionsOf(request));
        return send(response, 200, { etag: object.etag, ...checksums(object) });
      }
      case 'CopyObject': {
        const [sourceBucket = '', ...path] = decodeURIComponent(header(request, 'x-amz-copy-source') ?? '')
          .replace(/^\//, '')
          .split('/');
        const source = store.get(sourceBucket, path.join('/').replace(/\?versionId=.*$/, ''));
        const replace = header(request, 'x-amz-metadata-directive') === 'REPLACE';
        const headers = replace ? keptHeaders(request, {}) : source.headers;
        return sendXml(response, xml.copiedXml(store.put(bucket, key, source.body, headers, conditionsOf(request))));
      }
      case 'DeleteObject': {
        const { ifMatch } = conditionsOf(request);
        if (ifMatch !== undefined && ifMatch !== '*' && unquote(store.get(bucket, key).etag) !== unquote(ifMatch))
          throw preconditionFailed();
        store.delete(bucket, key);
        return send(response, 204, {});
      }
      case 'DeleteObjects': {
        const document = decodeChunks(request, exchange.body).body.toString();
        const keys = xml.elements(document, 'Key');
        const mayDelete = (key: string): boolean =>
          (this.mayDo?.(s3.caller, s3Access('DeleteObject', { bucket, key })) ?? 'allowed') === 'allowed';
        const denied = keys.filter((each) => this.#denied(s3, each) !== undefined || !mayDelete(each));
        const done = keys.filter((each) => !denied.includes(each));
        for (const each of done) store.delete(bucket, each);
        const quiet = xml.elements(document, 'Quiet')[0] === 'true';
        return sendXml(response, xml.deletedXml(quiet ? [] : done, denied));
      }
      case 'CreateMultipartUpload':
        return sendXml(response, xml.uploadXml(bucket, key, store.createUpload(bucket, key, keptHeaders(request, {}))));
      case 'UploadPart': {
        const { body, trailers } = decodeChunks(request, exchange.body);
        verifyChecksums(keptHeaders(request, trailers), body);
        return send(response, 200, {
          etag: store.putPart(query.get('uploadId') ?? '', Number(query.get('partNumber')), body),
        });
      }
      case 'CompleteMultipartUpload': {
        const document = exchange.body.toString();
        const etags = xml.elements(document, 'ETag');
        const parts = xml
          .elements(document, 'PartNumber')
          .map((part, index) => ({ part: Number(part), etag: etags[index] ?? '' }));
        const object = store.completeUpload(query.get('uploadId') ?? '', parts, conditionsOf(request));
        return sendXml(response, xml.uploadedXml(bucket, object));
      }
      case 'AbortMultipartUpload':
        store.abortUpload(query.get('uploadId') ?? '');
        return send(response, 204, {});
      case 'DeleteObjectVersion':
      case 'NotImplemented':
        throw new S3Error(501, 'NotImplemented', `The local S3 does not know ${request.method} ${request.url}`);
    }
  }

  #listVersions({ response, query, s3 }: Exchange): () => void {
    const prefix = query.get('prefix') ?? '';
    const maxKeys = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
    const after = { key: query.get('key-marker') ?? '', id: query.get('version-id-marker') ?? undefined };
    return sendXml(
      response,
      xml.versionsXml({ bucket: s3.bucket, prefix, maxKeys }, this.store.versions(s3.bucket, prefix, after, maxKeys)),
    );
  }

  #list({ response, query, s3 }: Exchange): () => void {
    const version = s3.operation === 'ListObjectsV2' ? 2 : 1;
    const token = query.get('continuation-token') ?? undefined;
    const startAfter = query.get(version === 2 ? 'start-after' : 'marker') ?? undefined;
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const maxKeys = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
    const after = token === undefined ? (startAfter ?? '') : xml.decodeToken(token);
    const listing = this.store.list(s3.bucket, prefix, delimiter, after, maxKeys);
    const urlEncoded = query.get('encoding-type') === 'url';
    return sendXml(
      response,
      xml.listXml({ bucket: s3.bucket, prefix, delimiter, maxKeys, version, token, startAfter, urlEncoded }, listing),
    );
  }
}

function operationOf(request: IncomingMessage, bucket: string, key: string, query: URLSearchParams): S3Operation {
  const method = request.method ?? '';
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : 'NotImplemented';
  if (key === '') {
    if (method === 'GET' && query.has('location')) return 'GetBucketLocation';
    if (method === 'POST' && query.has('delete')) return 'DeleteObjects';
    const known = [...query.keys()].every((name) =>
      /^(list-type|prefix|delimiter|max-keys|marker|start-after|continuation-token|encoding-type|fetch-owner|x-id|versions|(?:key|version-id)-marker)$/.test(
        name,
      ),
    );
    if (!known) return 'NotImplemented';
    if (method === 'GET' && query.has('versions'))
      return query.has('delimiter') ? 'NotImplemented' : 'ListObjectVersions';
    if (method === 'GET') return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
    return method === 'PUT'
      ? 'CreateBucket'
      : method === 'HEAD'
        ? 'HeadBucket'
        : method === 'DELETE'
          ? 'DeleteBucket'
          : 'NotImplemented';
  }
  const upload = query.has('uploadId');
  if (method === 'DELETE' && query.has('versionId')) return 'DeleteObjectVersion';
  if (method === 'POST')
    return query.has('uploads') ? 'CreateMultipartUpload' : upload ? 'CompleteMultipartUpload' : 'NotImplemented';
  if (method === 'GET' && query.has('versionId')) return 'GetObjectVersion';
  if (['tagging', 'acl', 'attributes', 'retention', 'versionId'].some((name) => query.has(name)))
    return 'NotImplemented';
  const copy = request.headers['x-amz-copy-source'] !== undefined;
  if (method === 'PUT') return upload ? (copy ? 'NotImplemented' : 'UploadPart') : copy ? 'CopyObject' : 'PutObject';
  if (method === 'DELETE') return upload ? 'AbortMultipartUpload' : 'DeleteObject';
  return method === 'GET' ? 'GetObject' : method === 'HEAD' ? 'HeadObject' : 'NotImplemented';
}

function read({ request, response }: Exchange, object: StoredObject): () => void {
  const { ifMatch, ifNoneMatch } = conditionsOf(request);
  if (ifMatch !== undefined && ifMatch !== '*' && unquote(ifMatch) !== unquote(object.etag)) throw preconditionFailed();
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    etag: object.etag,
    'last-modified': new Date(object.lastModified).toUTCString(),
    ...Object.fromEntries(Object.entries(object.headers).filter(([name]) => !name.startsWith('x-amz-checksum-'))),
  };
  if (ifNoneMatch !== undefined && unquote(ifNoneMatch) === unquote(object.etag))
    return send(response, 304, { etag: object.etag });
  const range = /^bytes=(\d*)-(\d*)$/.exec(header(request, 'range') ?? '');
  const size = object.body.length;
  if (range !== null && (range[1] !== '' || range[2] !== '')) {
    const suffix = range[1] === '';
    const from = suffix ? Math.max(0, size - Number(range[2])) : Number(range[1]);
    const to = suffix || range[2] === '' ? size - 1 : Math.min(Number(range[2]), size - 1);
    if (from >= size || from > to) throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable');
    return send(
      response,
      206,
      { ...headers, 'content-range': `bytes ${from}-${to}/${size}` },
      object.body.subarray(from, to + 1),
    );
  }
  const checked = header(request, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return send(response, 200, { ...headers, ...(checked ? checksums(object) : {}) }, object.body);
}

function send(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: Buffer | string = '',
): () => void {
  return () => {
    const length = status === 204 || status === 304 ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    response.writeHead(status, { ...headers, ...length });
    response.end(response.req.method === 'HEAD' ? undefined : body);
  };
}

function sendXml(response: ServerResponse, document: string): () => void {
  return send(response, 200, { 'content-type': 'application/xml' }, document);
}

function answerError(request: IncomingMessage, response: ServerResponse, error: S3Error): void {
  const document = xml.errorXml(error.code, error.message, request.url ?? '');
  send(response, error.status, { 'content-type': 'application/xml' }, document)();
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function conditionsOf(request: IncomingMessage): Conditions {
  return { ifMatch: header(request, 'if-match'), ifNoneMatch: header(request, 'if-none-match') };
}

function keptHeaders(request: IncomingMessage, trailers: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': 'application/octet-stream' };
  for (const [name, value] of [...Object.entries(request.headers), ...Object.entries(trailers)]) {
    if (typeof value !== 'string' || !KEPT_HEADERS.test(name) || name === 'x-amz-checksum-algorithm') continue;
    const text = name === 'content-encoding' ? value.replace(/,?\s*aws-chunked\s*,?/, '') : value;
    if (text !== '') kept[name] = text;
  }
  return kept;
}

function checksums(object: StoredObject): Record<string, string> {
  return Object.fromEntries(Object.entries(object.headers).filter(([name]) => name.startsWith('x-amz-checksum-')));
}

/** Refuses a body that is not what the caller says it is; the checksums that Node can compute. */
function verifyChecksums(headers: Readonly<Record<string, string>>, body: Buffer): void {
  for (const algorithm of ['crc32', 'sha1', 'sha256'] as const) {
    const claimed = headers[`x-amz-checksum-${algorithm}`];
    if (claimed !== undefined && claimed !== checksumOf(algorithm, body))
      throw new S3Error(
        400,
        'BadDigest',
        `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      );
  }
}

/** Undoes `aws-chunked`, which the SDK uses for streams: sizes in hex, the data, then trailing headers. */
function decodeChunks(request: IncomingMessage, raw: Buffer): { body: Buffer; trailers: Record<string, string> } {
  const encoded =
    (header(request, 'content-encoding') ?? '').includes('aws-chunked') ||
    (header(request, 'x-amz-content-sha256') ?? '').startsWith('STREAMING-');
  if (!encoded) return { body: raw, trailers: {} };
  const chunks: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', offset);
    if (lineEnd < 0) throw new S3Error(400, 'IncompleteBody', 'A chunk of the body is cut short');
    const size = parseInt(raw.toString('latin1', offset, lineEnd), 16);
    offset = lineEnd + 2;
    if (size === 0) break;
    chunks.push(raw.subarray(offset, offset + size));
    offset += size + 2;
  }
  const trailers = Object.fromEntries(
    raw
      .toString('latin1', offset)
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { body: Buffer.concat(chunks), trailers };
}
