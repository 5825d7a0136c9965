import type { DeclaredSetting, PostgresDependency, SettingType } from '../../core/contracts/dataset/dependency';
import { declaredSettings } from '../../core/contracts/dataset/dependency';
import { renderValue } from '../../core/contracts/problems';
import type { SettingValue } from '../../core/contracts/run/run-settings';
import { empty, fault } from './asking';

/** What a query gave: its columns (with the OIDs of their types) and at most two rows, values as the server wrote them. */
export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Longest text of a setting: an upper bound for what becomes part of every statement. */
const MAX_TEXT = 4000;

/** OIDs of PostgreSQL's own types (`pg_type.dat`); they never change. */
const OID = {
  bool: 16,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  name: 19,
  float4: 700,
  float8: 701,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  uuid: 2950,
} as const;
/** Types that users made (enumerations, citext) begin here; their text is their value. */
const FIRST_USER_OID = 16_384;

const TYPES: Readonly<Record<SettingType, readonly number[]>> = {
  string: [OID.text, OID.varchar, OID.bpchar, OID.name, OID.uuid],
  integer: [OID.int2, OID.int4, OID.int8, OID.numeric],
  double: [OID.float4, OID.float8, OID.numeric, OID.int2, OID.int4, OID.int8],
  boolean: [OID.bool],
  date: [OID.date],
  timestamp: [OID.timestamp, OID.timestamptz],
};
const nameOfType = (oid: number) => Object.entries(OID).find(([, one]) => one === oid)?.[0] ?? `OID ${oid}`;

/**
 * The settings in an answer. Nothing is guessed: every declared setting is a column of a type that fits, and no other column is there.
 * @throws DependencyEmpty for no row, or NULL, where something is required; DependencyFault for anything else than declared
 */
export function settingsOf(of: PostgresDependency, { columns, rows }: Answer): SettingValue[] {
  const [row, another] = rows;
  if (row === undefined && of.required) throw empty(of, 'its query gave no row, expected one');
  const settings = declaredSettings({ dependencies: [of] });
  if (settings.length === 0) return [];
  if (another !== undefined) throw fault(of, 'its query gave more than one row, expected one');
  const names = columns.map(({ name }) => name);
  const expected = settings.map(({ name }) => name);
  if (names.toSorted().join() !== expected.join())
    throw fault(of, `its query gave the columns ${names.join(', ')}, expected ${expected.join(', ')}`);
  return settings.map((setting) => {
    const at = names.indexOf(setting.name);
    const { name, type, nullable, sensitive, dependency } = setting;
    const oid = columns[at]?.type ?? 0;
    if (!TYPES[type].includes(oid) && !(type === 'string' && oid >= FIRST_USER_OID))
      throw fault(of, `the column ${name} has the type ${nameOfType(oid)}, expected one for ${type}`);
    const given = row?.[at] ?? null;
    if (given === null && row !== undefined && !nullable)
      throw empty(of, `the column ${name} is NULL, expected a value`);
    return { name, type, value: given === null ? null : canonical(of, setting, given), dependency, sensitive };
  });
}

const BIGGEST = 2n ** 63n;

/** A value in the one form in which it is kept, hashed and given to DuckDB. */
function canonical(of: PostgresDependency, { name, type, sensitive }: DeclaredSetting, given: string): string {
  const value = FORMS[type](given);
  if (value !== undefined) return value;
  throw fault(of, `the column ${name}: got ${sensitive ? 'a value' : renderValue(given)}, expected ${EXPECTED[type]}`);
}

const EXPECTED: Readonly<Record<SettingType, string>> = {
  string: `at most ${MAX_TEXT} characters`,
  integer: 'a whole number of 64 bits',
  double: 'a finite number',
  boolean: 'true or false',
  date: 'a date of the years 1 to 9999',
  timestamp: 'an instant of the years 1 to 9999',
};

const FORMS: Readonly<Record<SettingType, (given: string) => string | undefined>> = {
  string: (given) => (given.length <= MAX_TEXT ? given : undefined),
  integer: (given) => {
    if (!/^-?\d{1,19}$/.test(given)) return undefined;
    const value = BigInt(given);
    return value >= -BIGGEST && value < BIGGEST ? String(value) : undefined;
  },
  double: (given) => (given.trim() !== '' && Number.isFinite(Number(given)) ? String(Number(given)) : undefined),
  boolean: (given) => ({ t: 'true', f: 'false' })[given],
  date: (given) => (/^\d{4}-\d{2}-\d{2}$/.test(given) ? given : undefined),
  timestamp: (given) => {
    // TimeZone is UTC, so an offset is +00; without one it is read as UTC, as in a source.
    const [, date, time] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)(?:\+00)?$/.exec(given) ?? [];
    return date === undefined || time === undefined ? undefined : `${date}T${time}Z`;
  },
};
