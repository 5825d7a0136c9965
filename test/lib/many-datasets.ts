import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { parseDataset, type Dataset, type DatasetInput } from '../../core/contracts/dataset/dataset';
import { stubBundle } from '../../lib/build/bundle';
import type { CfnTemplate } from '../../lib/limits/limit';
import { RollcallStack } from '../../lib/rollcall-stack';
import { parseAppSettings } from '../../lib/app-settings';
import { NOW } from './synthesize';

const CONTEXT = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8')) as {
  readonly context: Record<string, unknown>;
};

export interface Many {
  readonly count: number;
  /** The bucket of the dataset with this number; default one for all. */
  readonly bucket?: (i: number) => string;
  /** What stands before the first placeholder of its prefix. */
  readonly root?: (i: number) => string;
  readonly more?: (i: number) => Partial<DatasetInput>;
}

/** 60 characters, different in the middle. */
export const longRoot = (i: number): string =>
  `landing/area-of-dataset-${String(i).padStart(4, '0')}/`.padEnd(59, 'p') + '/';
/** 63 characters, the longest name that a bucket may have. */
export const longBucket = (i: number): string => `vendor-${String(i).padStart(4, '0')}-`.padEnd(63, 'x');

/** Made-up hourly datasets. */
export function manyDatasets({
  count,
  bucket = () => 'vendor-drop',
  root = longRoot,
  more = () => ({}),
}: Many): Dataset[] {
  return Array.from({ length: count }, (_unused, i) =>
    parseDataset({
      name: `dataset-${String(i).padStart(4, '0')}`,
      owner: 'the-team',
      cadence: 'hourly',
      calendar: { firstPartition: '2026-01-01T00' },
      source: { bucket: bucket(i), prefix: `${root(i)}{yyyy}/{MM}/{dd}/{HH}/`, format: 'csv' },
      empty: 'fault',
      columns: { id: { type: 'integer' } },
      ...more(i),
    }),
  );
}

export interface Assembled {
  readonly directory: string;
  /** The app's template first, then those of nested stacks. */
  readonly templates: readonly { readonly template: CfnTemplate; readonly bytes: number }[];
  /** What was said about what was widened. */
  readonly infos: readonly string[];
}

/** Synthesizes the app with these datasets as `bin/` does, without code; throws where AWS would refuse it. */
export function assemble(datasets: readonly Dataset[]): Assembled {
  const app = new App({ context: CONTEXT.context });
  const stack = new RollcallStack(app, 'Rollcall', {
    datasets,
    settings: parseAppSettings({}),
    bundle: stubBundle(),
    now: NOW,
  });
  const assembly = app.synth();
  const files = readdirSync(assembly.directory).filter((file) => file.endsWith('.template.json'));
  const templates = [stack.templateFile, ...files.filter((file) => file !== stack.templateFile)].map((file) => {
    const text = readFileSync(join(assembly.directory, file), 'utf8');
    return { template: JSON.parse(text) as CfnTemplate, bytes: Buffer.byteLength(text) };
  });
  const messages = assembly.getStackArtifact(stack.artifactId).messages;
  const infos = messages.filter(({ entry }) => entry.type === 'aws:cdk:info').map(({ entry }) => String(entry.data));
  return { directory: assembly.directory, templates, infos };
}
