import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A stand-in for Slack's incoming webhooks on the loopback interface. */
export interface Slack {
  /** What to put where the webhook's URL belongs. */
  readonly url: string;
  /** Bodies of the posts, as they came. */
  readonly posts: readonly string[];
  close(): void;
}

/** Starts it; it says `ok` to every post, as Slack does. */
export async function startSlack(): Promise<Slack> {
  const posts: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      posts.push(Buffer.concat(chunks).toString('utf8'));
      response.end('ok');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/services/T000/B000/test-deploy`,
    posts,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
