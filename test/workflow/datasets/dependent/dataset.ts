import { defineDataset } from 'rollcall';

/** Needs an object and the settings of a database before it works; a rule and the transform read the settings. */
export default defineDataset({
  name: 'dependent',
  owner: 'tests',
  cadence: 'hourly',
  calendar: { firstPartition: '2026-01-20T00' },
  source: { bucket: 'dependent-source', prefix: 'dependent/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  empty: 'fault',
  columns: { id: { type: 'string', sensitive: true }, value: { type: 'integer', min: 0 } },
  rowRules: [{ name: 'large-enough', sql: "value >= setting('least_value')" }],
  tolerance: { rejected: { share: 0.5 } },
  dependencies: [
    { kind: 's3', name: 'carriers', bucket: 'reference-data', key: 'carriers/{yyyy}-{MM}-{dd}.csv', minBytes: 1 },
    { kind: 'secret', name: 'database-login', secret: 'tests/jobs', keys: ['password'] },
    {
      kind: 'postgres',
      name: 'jobs',
      secret: 'tests/jobs',
      tls: 'off',
      query: 'SELECT least_value, factor, salt FROM jobs WHERE dataset = $1',
      parameters: ['dataset'],
      settings: {
        least_value: { type: 'integer' },
        factor: { type: 'double' },
        salt: { type: 'string', sensitive: true },
      },
    },
  ],
  transform: { sql: "SELECT md5(setting('salt') || id) AS id, value * setting('factor') AS value FROM records" },
});
