import { missingReasons } from '../../contracts/backfill/missing';
import { cadenceOf, periodNoun } from '../../contracts/partition';
import type { Unlisted, UnlistedPartition } from '../../contracts/sweep/unlisted';
import { inWords } from '../backfill/backfill-outcome';
import { clip, code, context, escapeText, number, section, type Block, type Message } from './slack-text';
import { chunks, SECTION_TEXT } from './sweep-messages';
import { spansOf } from '../sweep/unlisted';

/** Room for the partitions: Slack takes some 13,000 characters in all. */
const ALL_TEXT = 11_000;

const BECAUSE: Readonly<Record<Unlisted['because'], string>> = {
  removed: 'the dataset is not deployed any more',
  cadence: 'the dataset has another cadence now',
  calendar: 'the calendar does not ask for them any more',
};

/** `flights: 5 missing hours are not expected any more`. */
export function unlistedHead({ dataset, partitions }: Unlisted): string {
  const [first] = partitions;
  const noun = periodNoun(cadenceOf(first?.partition ?? '') ?? 'hourly', partitions.length);
  const are = partitions.length === 1 ? 'is' : 'are';
  return `${dataset}: ${number(partitions.length)} missing ${noun} ${are} not expected any more`;
}

/** Why, and what that means. */
export function unlistedTale({ because }: Unlisted): string {
  return `${BECAUSE[because]}. No backfill looks for them from now on. To do, if they are still wanted: deploy a definition that expects them, then start a backfill.`;
}

/** The partitions by how they are missing, each group with its spans. */
export function unlistedGroups({
  partitions,
}: Unlisted): readonly { readonly how: string; readonly spans: string[] }[] {
  return [...Map.groupBy(partitions, howOf)].map(([how, of]) => ({
    how: `${how} (${of.length})`,
    spans: spansOf(of.map(({ partition }) => partition)),
  }));
}

/** `failed, source access denied`, or what is known instead. */
function howOf({ reason, code: ending }: UnlistedPartition): string {
  if (reason === null) return 'its record cannot be read';
  const words = missingReasons[reason];
  const said = ending === null ? '' : inWords(ending);
  return said === '' || said === words ? words : `${words}, ${said}`;
}

/** The message that missing partitions left the list: names all of them, as far as Slack has room. `key`: where all of them are. */
export function unlistedMessage(unlisted: Unlisted, key: string): Message {
  const head = escapeText(unlistedHead(unlisted));
  const rest = escapeText(unlistedTale(unlisted));
  let left = ALL_TEXT;
  const blocks: Block[] = [];
  for (const { how, spans } of unlistedGroups(unlisted)) {
    for (const text of chunks(`*${escapeText(how)}:*`, spans)) {
      if (left <= 0) break;
      blocks.push(section(clip(text, left), SECTION_TEXT + 300));
      left -= text.length;
    }
  }
  const all = left <= 0 ? 'There are more: all of them are in' : 'Also in';
  return {
    text: `⚠️ ${head}: ${rest}`,
    blocks: [
      section(`⚠️ *${head}:* ${rest}`, 1400),
      ...blocks,
      context(`Owner: ${escapeText(unlisted.owner)} · ${all} ${code(key, 400)}`, 1000),
    ],
  };
}
