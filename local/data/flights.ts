import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { HOUR_MS, MINUTE_MS } from '../../core/contracts/partition';

/**
 * Real data for the laptop: three million US flights of 2001 (npm package `vega-datasets`), cut into the objects that three vendors
 * would deliver. The package's times carry no zone; they are taken as UTC. It has no key either, so a flight's id is its row number.
 */

/** An object as a vendor delivers it. */
export interface Delivery {
  readonly key: string;
  readonly body: Buffer;
  /** When it arrives in the source bucket. */
  readonly at: Date;
}

/** A flight as it stands in the package. */
interface Flight {
  readonly flight_id: string;
  readonly scheduled_at: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** The package exports only JavaScript; its data lie beside it. */
const FLIGHTS_FILE = join(__dirname, '..', '..', 'node_modules', 'vega-datasets', 'data', 'flights-3m.parquet');

const COLUMNS = ['flight_id', 'scheduled_at', 'delay', 'distance', 'origin', 'destination'] as const;
const SELECT = `
  SELECT 'US01-' || lpad(file_row_number::VARCHAR, 7, '0') AS flight_id, "date" AT TIME ZONE 'UTC' AS scheduled_at,
         delay, distance, origin, destination
  FROM read_parquet($file, file_row_number = true)
  WHERE "date" >= $from AND "date" < $until
  ORDER BY file_row_number`;

/** The day on which vendors fail, on purpose; every other day is delivered as it is. */
const INCIDENT_DAY = '2001-01-01';

/** What goes wrong with the hourly CSV deliveries, on purpose. Hours of that day; an hour that is not named is delivered as it is. */
export const CSV_INCIDENTS: Readonly<Record<number, { readonly what: string }>> = {
  7: { what: '14 records broken by hand and 3 delivered twice: inside the tolerance' },
  11: { what: 'every third delay written as "n/a": beyond the tolerance' },
  13: { what: 'one object cut off at 60 %' },
  14: { what: 'the second object comes nine hours late: published without it' },
  16: { what: 'the vendor delivers nothing' },
  18: { what: 'a column is renamed' },
  20: { what: 'the objects arrive 40 minutes late: the run waits for them' },
};

/** Which hours the JSONL vendor disturbs. */
export const JSONL_INCIDENTS: Readonly<Record<number, { readonly what: string }>> = {
  8: { what: '5 lines that are no JSON: inside the tolerance' },
};

/** Opens the package's file. `close` frees the database. */
export class FlightsData {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  static async open(): Promise<FlightsData> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return new FlightsData(instance, connection);
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }

  /**
   * Hourly CSV.gz objects, one or two an hour, under `flights/yyyy/MM/dd/HH/`; a file with only a header where no flight departed.
   * `fixed`: as the vendor delivers them once more after a complaint.
   */
  async csv(from: Date, hours: number, { fixed = false } = {}): Promise<Delivery[]> {
    const byHour = await this.flightsByHour(from, hours);
    return byHour.flatMap(({ start, flights }) => {
      const incident = isIncidentDay(start) && !fixed ? start.getUTCHours() : undefined;
      const prefix = `flights/${hourPath(start)}/`;
      const end = start.getTime() + HOUR_MS;
      if (incident === 16) return [];
      const records = flights.map(csvLine);
      if (incident === 7) breakSome(records);
      if (incident === 11) breakMany(records);
      const header = COLUMNS.join(',').replace('delay', incident === 18 ? 'delay_minutes' : 'delay');
      const half = flights.length > 200 ? Math.ceil(records.length / 2) : records.length;
      const parts = [records.slice(0, half), records.slice(half)].filter((part, i) => i === 0 || part.length > 0);
      return parts.map((part, i) => {
        const body = gzipSync([header, ...part, ''].join('\n'));
        const minutes = incident === 20 ? 40 : incident === 14 && i === 1 ? 9 * 60 : 4;
        return {
          key: `${prefix}part-${i}.csv.gz`,
          body: incident === 13 && i === 1 ? body.subarray(0, Math.floor(body.length * 0.6)) : body,
          at: new Date(end + (minutes + i) * MINUTE_MS),
        };
      });
    });
  }

  /** Hourly JSONL.gz objects in the layout of Amazon Data Firehose, one per twenty minutes; none for an hour without flights. */
  async jsonl(from: Date, hours: number): Promise<Delivery[]> {
    const byHour = await this.flightsByHour(from, hours);
    return byHour.flatMap(({ start, flights }) => {
      const broken = isIncidentDay(start) && start.getUTCHours() === 8;
      const thirds = [0, 20, 40].map((minute) =>
        flights.filter((flight) => Math.floor(new Date(flight.scheduled_at).getUTCMinutes() / 20) * 20 === minute),
      );
      return thirds.flatMap((part, i) => {
        if (part.length === 0) return [];
        const lines = part.map((flight) => JSON.stringify(flight));
        if (broken) lines.slice(0, 5).forEach((line, n) => n % 3 === i && (lines[n] = line.slice(0, -7)));
        return [
          {
            key: `${hourPath(start)}/flights-1-${start.toISOString().slice(0, 13).replace('T', '-')}-${String(i * 20).padStart(2, '0')}-00.gz`,
            body: gzipSync(`${lines.join('\n')}\n`),
            at: new Date(start.getTime() + HOUR_MS + i * MINUTE_MS),
          },
        ];
      });
    });
  }

  /** One Parquet drop a day of three objects under `daily/dt=yyyy-MM-dd/`, and the marker `_SUCCESS` behind them. */
  async parquet(from: Date, days: number): Promise<Delivery[]> {
    const deliveries: Delivery[] = [];
    for (let day = 0; day < days; day += 1) {
      const start = new Date(from.getTime() + day * 24 * HOUR_MS);
      const prefix = `daily/dt=${start.toISOString().slice(0, 10)}/`;
      const end = start.getTime() + 24 * HOUR_MS;
      for (let third = 0; third < 3; third += 1) {
        const body = await this.parquetFile(new Date(start.getTime() + third * 8 * HOUR_MS), 8);
        deliveries.push({
          key: `${prefix}flights-${third}.parquet`,
          body,
          at: new Date(end + (20 + third) * MINUTE_MS),
        });
      }
      deliveries.push({ key: `${prefix}_SUCCESS`, body: Buffer.alloc(0), at: new Date(end + 24 * MINUTE_MS) });
    }
    return deliveries;
  }

  private async flightsByHour(from: Date, hours: number): Promise<{ start: Date; flights: Flight[] }[]> {
    const until = new Date(from.getTime() + hours * HOUR_MS);
    const reader = await this.connection.runAndReadAll(SELECT, parameters(from, until));
    const flights = reader.getRowObjectsJson().map((row): Flight => {
      const at = String(row['scheduled_at']).replace(' ', 'T').slice(0, 19);
      return {
        flight_id: String(row['flight_id']),
        scheduled_at: `${at}Z`,
        delay: Number(row['delay']),
        distance: Number(row['distance']),
        origin: String(row['origin']),
        destination: String(row['destination']),
      };
    });
    return Array.from({ length: hours }, (_, i) => {
      const start = new Date(from.getTime() + i * HOUR_MS);
      const hour = start.toISOString().slice(0, 13);
      return { start, flights: flights.filter((flight) => flight.scheduled_at.startsWith(hour)) };
    });
  }

  private async parquetFile(from: Date, hours: number): Promise<Buffer> {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-flights-'));
    try {
      const target = join(folder, 'flights.parquet');
      const until = new Date(from.getTime() + hours * HOUR_MS);
      await this.connection.run(
        `COPY (${SELECT}) TO '${target.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION snappy)`,
        parameters(from, until),
      );
      return readFileSync(target);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function parameters(from: Date, until: Date): Record<string, string> {
  const text = (date: Date) => date.toISOString().slice(0, 19).replace('T', ' ');
  return { file: FLIGHTS_FILE, from: text(from), until: text(until) };
}

function hourPath(start: Date): string {
  const iso = start.toISOString();
  return `${iso.slice(0, 4)}/${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(11, 13)}`;
}

function isIncidentDay(start: Date): boolean {
  return start.toISOString().startsWith(INCIDENT_DAY);
}

function csvLine(flight: Flight): string {
  return COLUMNS.map((name) => String(flight[name])).join(',');
}

/** Breaks 14 records in ways that vendors really do, and delivers 3 others twice. */
function breakSome(records: string[]): void {
  const edit = (index: number, change: (fields: string[]) => void) => {
    const fields = (records[index] ?? '').split(',');
    change(fields);
    records[index] = fields.join(',');
  };
  for (let i = 0; i < 5; i += 1) edit(20 + i * 7, (fields) => (fields[2] = 'n/a'));
  for (let i = 0; i < 4; i += 1) edit(100 + i * 11, (fields) => (fields[4] = (fields[4] ?? '').toLowerCase()));
  for (let i = 0; i < 3; i += 1) edit(200 + i * 5, (fields) => (fields[3] = '-1'));
  edit(300, (fields) => fields.pop());
  edit(310, (fields) => (fields[1] = '2001-02-30T07:00:00Z'));
  records.push(...records.slice(330, 333));
}

function breakMany(records: string[]): void {
  records.forEach((record, i) => {
    if (i % 3 === 0) records[i] = record.split(',').with(2, 'n/a').join(',');
  });
}
