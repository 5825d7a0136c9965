import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on a port of 127.0.0.1. */
export interface LoopbackServer {
  readonly url: string;
  /** Closes the port and every connection on it. */
  close(): Promise<void>;
}

/**
 * The name before `.localhost` in a Host header, empty for this machine itself; undefined for any other host. That is what a foreign
 * page sends, in a browser on this machine, once it has its own name point to 127.0.0.1 (DNS rebinding): it could read and
 * write everything here. `localhost` and what is below it never leave the machine.
 */
export function localName(host: string | undefined): string | undefined {
  const name = host?.toLowerCase().replace(/:\d+$/, '');
  if (name === 'localhost' || name === '127.0.0.1' || name === '[::1]') return '';
  return /^([a-z0-9][a-z0-9.-]*)\.localhost$/.exec(name ?? '')?.[1];
}

export interface ListenOptions {
  /** Default: a free one. */
  readonly port?: number | undefined;
  /** Whether names below `localhost` are served, too: buckets are. */
  readonly subdomains?: boolean;
}

/** Listens on 127.0.0.1 only, and answers only who asks for this machine by its own name; any other gets 421. */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  { port = 0, subdomains = false }: ListenOptions = {},
): Promise<LoopbackServer> {
  const server: Server = createServer((request, response) => {
    // Callers live in simulated or in real time: any date here looks to one of them like a clock
    // that is wrong, and the SDK then tries refused requests once more.
    response.sendDate = false;
    const name = localName(request.headers.host);
    if (name === undefined || (name !== '' && !subdomains)) {
      response.writeHead(421, { 'content-type': 'text/plain', connection: 'close' });
      response.end('This server answers to localhost, 127.0.0.1 and [::1] only');
      return;
    }
    handle(request, response).catch((error: unknown) => {
      if (response.destroyed) return;
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(error instanceof Error ? error.stack : error));
    });
  });
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The whole body of a request. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/**
 * The access key id that signed a request, undefined where there is none. Each local Lambda
 * process has a key id of its own, so this tells who is calling.
 */
export function accessKeyId(request: IncomingMessage): string | undefined {
  return /Credential=([^/,\s]+)\//.exec(request.headers.authorization ?? '')?.[1];
}
