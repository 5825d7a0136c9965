import type { SettingType } from '../../contracts/dataset/dependency';
import { DefinitionFault } from '../../contracts/errors';
import type { ProcessRecord, ProcessValue } from '../../contracts/dataset/process';
import type { SettingValue } from '../../contracts/run/run-settings';
import type { Database } from './database';
import { identifier, text } from './sql';

const SQL_TYPES: Readonly<Record<SettingType, string>> = {
  string: 'VARCHAR',
  integer: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMPTZ',
};

/**
 * Makes `setting('<name>')` known: a macro over a struct of literals. The SQL of rules and transform stays as the user wrote it, the
 * values never become part of it, and a name that is not declared does not bind.
 */
export async function createSettings(
  database: Database,
  settings: readonly Pick<SettingValue, 'name' | 'type' | 'value'>[],
): Promise<void> {
  if (settings.length === 0) return;
  const fields = settings.map(({ name, type, value }) => {
    const literal = value === null ? 'NULL' : text(value);
    return `${identifier(name)} := CAST(${literal} AS ${SQL_TYPES[type]})`;
  });
  await database.run(`CREATE TEMP MACRO setting(name) AS struct_extract(struct_pack(${fields.join(', ')}), name)`);
}

/**
 * The settings as a transform in TypeScript sees them.
 * @throws DefinitionFault for a whole number that JavaScript cannot hold: SQL can
 */
export function settingsForCode(settings: readonly SettingValue[]): ProcessRecord {
  return Object.fromEntries(settings.map((setting) => [setting.name, valueForCode(setting)]));
}

function valueForCode({ name, type, value }: SettingValue): ProcessValue {
  if (value === null) return null;
  if (type === 'boolean') return value === 'true';
  if (type !== 'integer' && type !== 'double') return value;
  const number = Number(value);
  if (type === 'integer' && !Number.isSafeInteger(number))
    throw new DefinitionFault(
      `setting ${name}: got a whole number beyond ±2^53, which only a transform in SQL can read`,
    );
  return number;
}
