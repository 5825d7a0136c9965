import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { showValues } from '../../core/domain/batch/sensitive';
import type { LocalFile } from '../../core/engine/files/outputs';
import { crc32Of } from '../../core/engine/bytes/file-checksum';
import { processRecords } from '../../core/engine/transform/process-records';
import { validate, type Validated } from '../../core/engine/validate';
import { downloadFile, lakeProblem, PARQUET_TYPE, uploadFile } from '../../core/runtime/aws/files';
import { Store } from '../../core/runtime/store/store';
import type { LocalS3 } from '../../local/aws/s3/local-s3';
import { checksumOf } from '../../local/aws/s3/s3-store';
import { avroOrders } from '../corpus/avro-cases';
import { letters, orders, PATTERN, seeded, TextFile, type Counted } from '../corpus/case';
import { zipOf } from '../core/engine/bytes/zip';
import { NO_REFERENCES, objectsOf } from '../kit/engine';
import { alterGzipFile, alterParquet, DEEDS, type Deed, type Random } from './alter';
import { arm, FORMATS, PLACES, type Format, type Place, type Scene } from './places';
import { SharedDatabase } from './shared-database';
import { clientOf, httpS3 } from '../kit/http-s3';

/** Places behind the engine, where files are on their way to S3 and back. */
const SENDING = [
  'the file of accepted records, before it is sent',
  'the quarantine file, before it is sent',
  'the bytes on their way to S3',
  'the object in S3, before it is published',
  'the object in S3, before a transform reads it',
] as const;
type Sending = (typeof SENDING)[number];

const ABOUT = { dataset: 'orders', partition: '2026-01-20T05', settings: {} };
const LIMITS = { memoryMb: 256, spillMb: 512 };

interface Source {
  readonly dataset: Dataset;
  readonly body: Buffer;
  readonly truth: Pick<Counted, 'read' | 'accepted' | 'quarantined' | 'duplicates'> & { readonly deleted?: number };
}

/** A small file with a little of everything: sound records, one that breaks a rule, a duplicate. */
function sourceOf(format: Format): Source {
  if (format === 'csv of changes') return changes();
  if (format === 'avro') return { dataset: orders({ format }), ...avroOrders(12, 'deflate') };
  const kind = format === 'text' ? 'text' : format === 'jsonl' || format === 'json' ? 'jsonl' : 'csv';
  const isWide = format === 'csv in utf-16';
  const file = new TextFile(kind, undefined, '\n', isWide ? (text) => Buffer.from(text, 'utf16le') : undefined)
    .sound(6)
    .with({ amount: kind === 'jsonl' ? '1.005' : 'x' }, ['amount.type'])
    .sound(4);
  if (format === 'csv with broken lines') file.line('too,few', ['record.shape']).sound(3);
  if (format === 'text') file.line('no record', ['record.shape']);
  // Half of a pair.
  if (isWide) file.line(Buffer.from('1,\ud800', 'utf16le'), ['record.shape']);
  if (format === 'csv of several lines') file.with({ note: '"two\nlines"' }).sound(2);
  file.with({ id: '2' }, 'duplicate').sound(2);
  const isZipped = format === 'zipped csv';
  const source = {
    ...(format === 'jsonl' || format === 'json' ? { format } : {}),
    ...(format === 'text' ? { format, text: { pattern: PATTERN } } : {}),
    ...(isWide ? { encoding: 'utf-16' } : {}),
    ...(isZipped ? { compression: 'zip' as const } : {}),
  };
  return {
    dataset: format === 'csv of several lines' ? letters(source) : orders(source),
    body: isZipped ? zipOf([{ name: 'orders.csv', content: file.body }]) : file.body,
    truth: file.truth,
  };
}

/** Of each id the last counts: one is newer later, one is gone at last. */
function changes(): Source {
  const file = new TextFile('csv')
    .sound(6)
    .with({ amount: 'x' }, ['amount.type'])
    .with({ id: '2', at: '2026-02-01T00:00:00Z' }, 'duplicate')
    .with({ id: '3', at: '2026-02-01T00:00:00Z', note: 'gone' }, 'duplicate')
    .sound(4);
  const { truth } = file;
  return {
    dataset: orders({}, { unique: { columns: ['id'], keep: 'last', by: ['at'], deleted: "note = 'gone'" } }),
    body: file.body,
    // What is gone is no duplicate itself, but takes an earlier record with it.
    truth: { ...truth, accepted: truth.accepted - 1, deleted: 1 },
  };
}

/** Sorted, the records are kept in a table on their way; else they only pass through, and are asked for twice. */
const transforming = ({ output: format = 'parquet', passing = false }: Place) =>
  orders(
    {},
    {
      transform: {
        sql: `SELECT id, upper(note) AS note, amount * 2 AS amount FROM records${passing ? '' : ' ORDER BY id'}`,
      },
      output: { format },
    },
  );

/** A thousand little accidents, and the world in which they happen. */
export class Accidents {
  private readonly sources = new Map<Format, Source>();
  private readonly validated = new Map<Format, Validated>();

  private constructor(
    private readonly database: SharedDatabase,
    private readonly s3: LocalS3,
    private readonly client: S3Client,
  ) {}

  static async open(): Promise<Accidents> {
    const database = new SharedDatabase();
    await database.install();
    const s3 = await httpS3(['lake']);
    const client = clientOf(s3);
    const accidents = new Accidents(database, s3, client);
    for (const format of FORMATS) {
      if (format !== 'parquet') accidents.sources.set(format, sourceOf(format));
      else accidents.sources.set(format, await accidents.parquetSource());
      accidents.validated.set(format, await accidents.validate(format, database.workDir()));
    }
    return accidents;
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.s3.stop();
    this.database.close();
  }

  /** What an undisturbed batch of each format gives, and should. */
  undisturbed(): { found: unknown; expected: unknown }[] {
    return FORMATS.map((format) => {
      const { read, accepted, quarantined, duplicates, deleted } = this.validated.get(format)!.counts;
      const { truth } = this.source(format);
      return {
        found: { format, read, accepted, quarantined, duplicates, deleted },
        expected: {
          format,
          read: truth.read,
          accepted: truth.accepted,
          quarantined: truth.quarantined,
          duplicates: truth.duplicates,
          deleted: truth.deleted,
        },
      };
    });
  }

  /**
   * Lets something happen to one record at one place.
   * @returns the name of the error that was raised; 'nothing' when no check noticed, 'no deed' when nothing happened
   */
  async at(place: Place | Sending, seed: number): Promise<string> {
    const random = seeded(seed * 2_654_435_761 + 1);
    const deed = DEEDS[random(DEEDS.length)]!;
    const formats = typeof place === 'string' ? FORMATS : place.formats;
    const format = formats[random(formats.length)]!;
    try {
      if (typeof place === 'string') await this.sending(place, format, deed, random);
      else if (!(await this.inEngine(place, format, deed, random))) return 'no deed';
    } catch (error) {
      return (error as Error).name;
    }
    return 'nothing';
  }

  private async inEngine(place: Place, format: Format, deed: Deed, random: Random): Promise<boolean> {
    const workDir = this.database.workDir();
    const scene: Scene = { database: this.database, workDir, format, deed, random };
    const data = this.validated.get(format)!.data!;
    if (place.step === 'transform') copyFileSync(data.path, join(workDir, 'records.parquet'));
    const armed = arm(place, scene);
    try {
      if (place.step === 'validate') await this.validate(format, workDir, random(2) === 0);
      else {
        const input = { path: join(workDir, 'records.parquet'), records: data.records, crc32: data.crc32 };
        await processRecords({
          dataset: transforming(place),
          input,
          settings: [],
          workDir,
          limits: LIMITS,
          process: undefined,
          about: ABOUT,
        });
      }
      return armed.happened();
    } finally {
      armed.disarm();
    }
  }

  private async sending(place: Sending, format: Format, deed: Deed, random: Random): Promise<void> {
    const { data, quarantine } = this.validated.get(format)!;
    const workDir = this.database.workDir();
    const isQuarantine = place === 'the quarantine file, before it is sent';
    const file = copied((isQuarantine ? quarantine : data)!, workDir);
    const altered = copied(file, join(workDir, 'altered'));
    if (isQuarantine) alterGzipFile(altered.path, deed, random);
    else await alterParquet(this.database, altered.path, deed, random);
    const key = `data/orders/${basename(workDir)}`;
    const send = (one: LocalFile, client = this.client) => uploadFile(client, 'lake', key, one, PARQUET_TYPE);
    if (place.endsWith('before it is sent')) return send({ ...altered, crc32: file.crc32, bytes: file.bytes });
    if (place === 'the bytes on their way to S3') {
      // Behind the step in which the SDK computes what it has to.
      const client = clientOf(this.s3);
      client.middlewareStack.add(
        (next) => (args) => {
          const request = args.request as { method: string; body: unknown; headers: Record<string, string> };
          if (request.method === 'PUT') {
            request.body = readFileSync(altered.path);
            request.headers['content-length'] = String(statSync(altered.path).size);
          }
          return next(args);
        },
        { step: 'finalizeRequest', name: 'alteredOnTheWay', priority: 'high' },
      );
      return send(file, client);
    }
    await send(file);
    // As another writer would leave it: what S3 says about it is true.
    const body = readFileSync(altered.path);
    this.s3.store.put('lake', key, body, { 'x-amz-checksum-crc32': checksumOf('crc32', body) });
    if (place === 'the object in S3, before it is published') {
      const problem = lakeProblem(await new Store(this.client, 'lake').head(key), file);
      if (problem !== null) throw Object.assign(new Error(problem), { name: 'RecordsUnaccounted' });
      return;
    }
    await downloadFile(this.client, 'lake', key, join(workDir, 'records.parquet'), {
      bytes: file.bytes,
      crc32: file.crc32,
    });
  }

  private source(format: Format): Source {
    return this.sources.get(format)!;
  }

  private async validate(format: Format, workDir: string, inFiles = false): Promise<Validated> {
    const { dataset, body } = this.source(format);
    const { objects, reader } = objectsOf({ 'orders/a': body }, 1 << 16);
    const { database } = this;
    const validated = await validate({
      dataset,
      partition: '2026-01-01T00',
      objects,
      reader: {
        read: async (object) =>
          (async function* () {
            yield* await reader.read(object);
            await database.brought();
          })(),
      },
      batchBytes: 1 << 24,
      settings: [],
      references: NO_REFERENCES,
      omit: null,
      wantsUniqueKeys: true,
      workDir,
      limits: LIMITS,
      ...(inFiles ? { mostTableBytes: 0 } : {}),
      show: showValues(dataset, undefined),
    });
    for (const { error } of validated.unread) throw error;
    return validated;
  }

  /** The CSV's accepted records and some others as Parquet. */
  private async parquetSource(): Promise<Source> {
    const directory = this.database.workDir();
    const path = join(directory, 'source.parquet');
    const accepted = this.validated.get('csv')!.data!;
    await this.database.quietly(
      `COPY (SELECT * FROM read_parquet('${accepted.path}')
             UNION ALL SELECT * REPLACE (NULL AS amount) FROM read_parquet('${accepted.path}') WHERE id = 3
             UNION ALL SELECT * FROM read_parquet('${accepted.path}') WHERE id = 4) TO '${path}' (FORMAT parquet)`,
    );
    const body = readFileSync(path);
    const { records } = accepted;
    return {
      dataset: orders({ format: 'parquet' }),
      body,
      truth: { read: records + 2, accepted: records, quarantined: 1, duplicates: 1 },
    };
  }
}

function copied(file: LocalFile, directory: string): LocalFile {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, basename(file.path));
  writeFileSync(path, readFileSync(file.path));
  return { ...file, path, crc32: crc32Of(path) };
}

/** What an accident may end in. Bytes that were altered before they were parsed may also be no file of the dataset any more. */
export const NOTICED: readonly string[] = ['RecordsUnaccounted', 'PlatformFault', 'SchemaMismatch', 'SourceCorrupt'];

export const PLACE_NAMES: readonly (Place | Sending)[] = [...PLACES, ...SENDING];
