import type { Say } from '../narrator';
import type { Session } from '../session';
import { circuit } from './circuit';
import { failing } from './failing';
import { fallback } from './fallback';
import { TOPICS, type TopicName } from './topic-names';
import { upstream } from './upstream';

/** A story of what happens when something fails: told on datasets of its own, on the simulated clock. */
export interface Topic {
  /** Folder of its datasets' declarations, relative to the project. */
  readonly datasetsDir: string;
  /** When the story begins. */
  readonly begins: Date;
  /** Tells the story. Returns what was not as it should be; nothing where all was. */
  readonly tell: (session: Session, say: Say) => Promise<string[]>;
}

/** Every topic of `npm run local -- tour`. */
const topics: Readonly<Record<TopicName, Topic>> = { circuit, failing, fallback, upstream };

/** The topic of a name, if there is one. */
export function topicOf(name: string): Topic | undefined {
  const known = TOPICS.find((topic) => topic === name);
  return known === undefined ? undefined : topics[known];
}
