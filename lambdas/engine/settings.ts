import type { SettingType } from '../contracts/dependency';
import type { SettingValue } from '../contracts/run-settings';
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
 * Makes `setting('<name>')` known: a macro over a struct of literals. The SQL of rules and transform stays as somebody wrote it, the
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
