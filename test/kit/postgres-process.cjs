/**
 * A PostgreSQL in a process of its own (jest's modules cannot load its WebAssembly): the real one's code and protocol, without login
 * and TLS, one connection at a time. Tells its port, then runs every SQL text that it is sent.
 */
const { PGlite } = require('@electric-sql/pglite');
const { PGLiteSocketServer } = require('@electric-sql/pglite-socket');

async function main() {
  const database = await PGlite.create();
  const server = new PGLiteSocketServer({ db: database, port: 0, host: '127.0.0.1' });
  await server.start();
  process.on('message', async (sql) => {
    try {
      process.send({ rows: (await database.exec(sql)).at(-1)?.rows ?? [] });
    } catch (error) {
      process.send({ error: error.message });
    }
  });
  process.on('disconnect', () => process.exit(0));
  process.send({ port: Number(server.getServerConn().split(':').at(-1)) });
}

void main();
