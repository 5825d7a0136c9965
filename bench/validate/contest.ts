import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CONTESTANTS, type Turn } from './contestants';

/*
 * One turn of one of the contestants in Node, in a process of its own: the turn on standard input, the counts on standard output.
 * Then it waits to be ended, so that what it used can be read from the kernel. The scripts in `bench/alternatives` do the same.
 */
async function contest(name: string): Promise<void> {
  const does = CONTESTANTS[name]?.does;
  if (typeof does !== 'function') throw new Error(`no contestant ${name} in Node`);
  const [line] = (await once(createInterface({ input: process.stdin }), 'line')) as [string];
  const { accepted, rejected } = await does(JSON.parse(line) as Turn);
  process.stdout.write(`${JSON.stringify({ accepted, rejected })}\n`);
}

contest(process.argv[2] ?? '').catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
