import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';

const tlsFile = (name: string) => readFileSync(join(__dirname, 'tls', name), 'utf8');
/** Of `localhost`, signed by itself, made for these tests, valid until 2126. */
export const certificate = tlsFile('localhost-cert.pem');

/** TLS in front of a database, negotiated as PostgreSQL does: SSLRequest, `S`, handshake. */
export async function tlsFront(port: number): Promise<{ port: number; encrypted: () => number; stop: () => void }> {
  let encrypted = 0;
  const sockets = new Set<Socket>();
  const server = createServer((plain) => {
    sockets.add(plain);
    plain.on('error', () => undefined);
    plain.once('data', () => {
      const tls = new TLSSocket(plain, { isServer: true, key: tlsFile('localhost-key.pem'), cert: certificate });
      tls.on('error', () => plain.destroy());
      tls.once('secure', () => {
        encrypted += 1;
        const behind = connect(port, '127.0.0.1');
        sockets.add(behind);
        behind.on('error', () => tls.destroy());
        tls.pipe(behind).pipe(tls);
      });
      plain.write('S');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, encrypted: () => encrypted, stop };
}
