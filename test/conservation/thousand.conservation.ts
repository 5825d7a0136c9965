import { Accidents, NOTICED, PLACE_NAMES } from './cases';

/**
 * A thousand small files, and on the way of each one record that is dropped, doubled or altered: every one is noticed.
 * `npm run test:conservation`; CONSERVATION_CASES=<n> takes another number, CONSERVATION_SEED=<n> other ones.
 */

const CASES = Number(process.env['CONSERVATION_CASES'] ?? 1000);
const SEED = Number(process.env['CONSERVATION_SEED'] ?? 0);

let accidents: Accidents;
beforeAll(async () => {
  accidents = await Accidents.open();
});
afterAll(() => accidents.close());

it(`all of ${CASES} are noticed`, async () => {
  const unnoticed: string[] = [];
  const noticed = new Map<string, number>();
  for (let i = 0; i < CASES; i += 1) {
    const place = PLACE_NAMES[i % PLACE_NAMES.length]!;
    const name = typeof place === 'string' ? place : place.name;
    const error = await accidents.at(place, SEED + i + 1);
    if (NOTICED.includes(error)) noticed.set(name, (noticed.get(name) ?? 0) + 1);
    else unnoticed.push(`${name}, seed ${SEED + i + 1}: ${error}`);
  }
  expect(unnoticed).toEqual([]);
  const total = [...noticed.values()].reduce((sum, n) => sum + n, 0);
  process.stdout.write(
    `${total} of ${CASES} noticed\n${[...noticed].map(([name, n]) => `  ${String(n).padStart(4)}  ${name}\n`).join('')}`,
  );
  expect(total).toBe(CASES);
}, 1_800_000);
