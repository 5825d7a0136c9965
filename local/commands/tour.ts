import path from 'node:path';
import { describeProblem } from '../../core/contracts/problems';
import type { Say } from '../narrator';
import { DATA_DIR, openSession } from '../session';
import { TOPICS } from '../tour/topic-names';
import { topicOf } from '../tour/topics';
import { ROOT } from '../template/synthesize';
import { UsageError } from '../../cli/backfill/usage-error';

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
  const datasetsDir = path.join(ROOT, topic.datasetsDir);
  const session = await openSession({ fresh: true, start: topic.begins, datasetsDir, dataDir, say });
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
