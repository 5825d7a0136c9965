import { things } from '../../kit/datasets';
import { run } from '../../kit/engine';

/** Whatever rule a record breaks, no sample says what a sensitive column holds; the quarantine file keeps the record as it came. */
const SECRET = 'jane@example.com';
const people = things({
  columns: {
    id: { type: 'integer' },
    email: { type: 'string', pattern: '[a-z]+@corp\\.example', sensitive: true },
    born: { type: 'date', min: '1900-01-01', sensitive: true },
  },
  unique: ['email'],
  rowRules: [{ name: 'adult', sql: "born < DATE '2008-01-01' AND email <> ''" }],
});

const FORMATS = {
  csv: {
    dataset: people,
    body: `id,email,born\n1,${SECRET},1980-01-01\n2,a@corp.example,1811-02-03\n3,b@corp.example,2020-01-01\n4,c@corp.example,1980-01-01\n5,c@corp.example,1980-01-01\n6,d@corp.example,1990-31-31\n`,
  },
  jsonl: {
    dataset: { ...people, source: { ...people.source, format: 'jsonl' as const } },
    body: [
      { id: 1, email: SECRET, born: '1980-01-01' },
      { id: 2, email: 'a@corp.example', born: '1811-02-03' },
      { id: 3, email: 'b@corp.example', born: '2020-01-01' },
      { id: 4, email: 'c@corp.example', born: '1980-01-01' },
      { id: 5, email: 'c@corp.example', born: '1980-01-01' },
      { id: 6, email: 'd@corp.example', born: '1990-31-31' },
    ]
      .map((record) => `${JSON.stringify(record)}\n`)
      .join(''),
  },
};

test.each(Object.entries(FORMATS))('%s: samples hold hashes, the quarantine file the record', async (_, given) => {
  const { rules, rejected, counts } = await run(given.dataset, given.body);
  expect(counts).toMatchObject({ read: 6, accepted: 1, quarantined: 4, duplicates: 1 });
  expect(rules.map(({ name }) => name).sort()).toEqual(['adult', 'born.range', 'born.type', 'email.pattern', 'unique']);
  const samples = rules.flatMap((rule) => rule.samples.map(({ value }) => value));
  expect(samples).toHaveLength(5);
  for (const value of samples) expect(value).toMatch(/hash:[0-9a-f]{12}/);
  expect(JSON.stringify(rules)).not.toMatch(/corp\.example|jane|1811|2020|1990/);
  expect(rejected[0]?.raw).toContain(SECRET);
});
