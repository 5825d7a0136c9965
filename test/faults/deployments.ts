import { readFileSync } from 'node:fs';
import path from 'node:path';
import { functionByLabel } from '../../local/aws/lambda/invoker';
import type { Release } from '../../local/aws/lambda/process-invoker';
import type { World } from '../../local/world';

/*
 * Deployments between two acts: the same code, with one dataset declared otherwise. Runs that are going keep the versions that they began
 * with; the nets, and runs that are started later, see the new declaration.
 */

/** A definition as it lies in a bundle: nothing of the product's schemas. */
type Declared = Readonly<Record<string, unknown>>;
type Registry = Readonly<Record<string, Declared>>;

export const CHANGES = ['available', 'cadence', 'rename', 'removal', 'calendar'] as const;
export type Change = (typeof CHANGES)[number];

const changes: Readonly<Record<Change, (dataset: Declared) => Declared | undefined>> = {
  /** With the new minutes the schedule's time would mean the hour before. */
  available: (dataset) => ({ ...dataset, availableMinutes: 75, deadlineMinutes: 180 }),
  cadence: (dataset) => ({
    ...dataset,
    cadence: 'daily',
    calendar: { ...(dataset['calendar'] as object), firstPartition: '2026-01-20', lastPartition: '2026-01-20' },
    source: { ...(dataset['source'] as object), prefix: `${String(dataset['name'])}/{yyyy}/{MM}/{dd}/` },
    deadlineMinutes: 600,
  }),
  rename: (dataset) => ({ ...dataset, name: `${String(dataset['name'])}${RENAMED}` }),
  removal: () => undefined,
  calendar: (dataset) => ({
    ...dataset,
    calendar: { ...(dataset['calendar'] as object), firstPartition: '2026-01-20T06', lastPartition: '2026-01-20T06' },
    // The hour that is expected now is never due while a case runs.
    availableMinutes: 7 * 24 * 60,
    deadlineMinutes: 8 * 24 * 60,
  }),
};

/** What a renamed dataset's name ends in. */
export const RENAMED = '-v2';

/** What the deployment brings that changes one dataset. */
export function releaseOf(world: World, dataset: string, change: Change): Release {
  const bundle = functionByLabel(world.assembly.functions, 'Sweep').assetDirectory ?? '';
  const registry = JSON.parse(readFileSync(path.join(bundle, DEFINITIONS), 'utf8')) as Registry;
  const { [dataset]: declared, ...others } = registry;
  if (declared === undefined) throw new Error(`there is no dataset ${dataset}`);
  const changed = changes[change](declared);
  const deployed = changed === undefined ? others : { ...others, [String(changed['name'])]: changed };
  return {
    name: `${change}-of-${dataset}`,
    files: { [DEFINITIONS]: JSON.stringify(deployed) },
    environment: { CODE_VERSION: `after-${change}` },
  };
}

const DEFINITIONS = 'datasets.json';
