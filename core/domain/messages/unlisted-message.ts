import { missingReasons } from '../../contracts/backfill/missing';
import { cadenceOf, periodNoun } from '../../contracts/partition';
import type { Unlisted, UnlistedPartition } from '../../contracts/sweep/unlisted';
import { inWords } from '../backfill/backfill-outcome';
import { number } from '../text/numbers';
import type { Body } from './message';
import { spansOf } from '../sweep/taken-off';

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

/** The message that missing partitions left the list: names all of them, as far as there is room. `key`: where all of them are. */
export function unlistedMessage(unlisted: Unlisted, key: string): Body {
  return {
    sign: 'incomplete',
    headline: unlistedHead(unlisted),
    story: unlistedTale(unlisted),
    sections: unlistedGroups(unlisted).map(({ how, spans }) => {
      return { kind: 'names', title: [{ strong: `${how}:` }], names: spans };
    }),
    facts: [[`Owner: ${unlisted.owner}`]],
    all: key,
  };
}
