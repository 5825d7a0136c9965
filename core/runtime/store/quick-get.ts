import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';

type Handler = S3Client['config']['requestHandler'];
type Signer = Awaited<ReturnType<S3Client['config']['signer']>>;
type Request = Parameters<Handler['handle']>[0];

/** How a bucket is reached: what the SDK works out anew for every request. */
interface Route {
  readonly url: URL;
  readonly signer: Signer;
  /** Who has to own the bucket, where the client says that. */
  readonly owner: string | undefined;
}

const OWNER_HEADER = 'x-amz-expected-bucket-owner';

/** SHA-256 of nothing, which is what a GET sends. */
const NO_PAYLOAD = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * GETs for code that reads thousands of small objects of one bucket, such as the plan of a backfill: more than half of the processor time
 * of such a GET goes into the SDK's middleware, which finds endpoint, region and signer again each time. Here the SDK is asked for them
 * once; its signer and its connections do the rest. Only the two answers that are expected are understood; anything else is left to the
 * SDK, with its retries, its redirects and its error names.
 */
export class QuickGet {
  #route: Promise<Route | undefined> | undefined;

  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  /** What lies under a key, or `nothing`; undefined where the SDK has to be asked. */
  async get(key: string): Promise<{ text: string; etag: string } | 'nothing' | undefined> {
    try {
      const route = await (this.#route ??= this.#learn());
      if (route === undefined) return undefined;
      const signed = await route.signer.sign(requestOf(route, key), {
        signingDate: new Date(Date.now() + this.s3.config.systemClockOffset),
      });
      const { response } = await this.s3.config.requestHandler.handle(signed as Request);
      const body = await text(response.body as Readable);
      const etag = response.headers['etag'];
      if (response.statusCode === 200 && etag !== undefined) return { text: body, etag };
      return response.statusCode === 404 && body.includes('<Code>NoSuchKey</Code>') ? 'nothing' : undefined;
    } catch {
      // Whatever it was (no connection, a body cut off, credentials that can't be had): the SDK meets it too, or it has passed.
      this.#route = undefined;
      return undefined;
    }
  }

  /** Lets the SDK prepare a request, which is not sent, and keeps where it would have gone. Undefined where that takes more than a signature. */
  async #learn(): Promise<Route | undefined> {
    let found: { url: URL; properties?: Readonly<Record<string, unknown>> } | undefined;
    let owner: string | undefined;
    const command = new GetObjectCommand({ Bucket: this.bucket, Key: 'route' });
    command.middlewareStack.add(
      (_next, context) =>
        ({ request }) => {
          found = context.endpointV2;
          owner = ownerIn(request);
          return Promise.resolve({ response: undefined, output: { $metadata: {} } });
        },
      { step: 'build' },
    );
    await this.s3.send(command);
    const [scheme] = (found?.properties?.['authSchemes'] ?? []) as readonly Parameters<
      S3Client['config']['signer']
    >[0][];
    if (found === undefined || scheme?.name !== 'sigv4') return undefined;
    return { url: found.url, signer: await this.s3.config.signer(scheme), owner };
  }
}

function ownerIn(request: unknown): string | undefined {
  const { headers = {} } = request as { readonly headers?: Readonly<Record<string, string>> };
  return headers[OWNER_HEADER];
}

function requestOf({ url, owner }: Route, key: string): Parameters<Signer['sign']>[0] {
  const folder = url.pathname.replace(/\/$/, '');
  const path = `${folder}/${key.split('/').map(escaped).join('/')}`;
  const { protocol, hostname, port, host } = url;
  return {
    method: 'GET',
    protocol,
    hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    path,
    query: {},
    headers: {
      host,
      'x-amz-content-sha256': NO_PAYLOAD,
      ...(owner === undefined ? {} : { [OWNER_HEADER]: owner }),
    },
  };
}

/** As a signature wants it: everything but letters, digits and `-._~`. */
function escaped(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
