import path from 'node:path';
import type { Say } from '../narrator';
import { DATA_DIR, openSession } from '../session';
import { TOPICS, topicOf } from '../tour/topics';
import { UsageError } from './run';
import { describeProblem } from '../../core/contracts/problems';

/**
 * `npm run local -- tour <topic>`: one story through the synthesized app, told as it happens. Returns 0 if all came as it should.
 * @throws UsageError for a topic that there is not
 */
export async function tour(say: Say, name: string): Promise<number> {
  const topic = topicOf(name);
  if (topic === undefined)
    throw new UsageError(describeProblem({ field: 'topic', value: name, expected: `one of ${TOPICS.join(', ')}` }));
  const began = Date.now();
  const dataDir = path.join(DATA_DIR, 'tour');
  say('Synthesizing the app …');
  const { datasetsDir, begins } = topic;
  const session = await openSession({ fresh: true, notBefore: begins, datasetsDir, dataDir });
  try {
    const problems = await topic.tell(session, say);
    say('');
    say(`${((Date.now() - began) / 1000).toFixed(0)} s in all. Both buckets, as files: ${dataDir}/buckets`);
    for (const problem of problems) say(`FAULT: ${problem}`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await session.close();
  }
}
