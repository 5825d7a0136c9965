import { Accidents, NOTICED, PLACE_NAMES } from './cases';

/** Every place a few times; all thousand: `npm run test:conservation`. */
const EACH = 2;

let accidents: Accidents;
beforeAll(async () => {
  accidents = await Accidents.open();
});
afterAll(() => accidents.close());

it('undisturbed, every record is where it should be', () => {
  for (const { found, expected } of accidents.undisturbed()) expect(found).toEqual(expected);
});

it.each(PLACE_NAMES.map((place) => [typeof place === 'string' ? place : place.name, place] as const))(
  'one record dropped, doubled or altered is noticed: %s',
  async (_name, place) => {
    for (let seed = 1; seed <= EACH; seed += 1) expect(NOTICED).toContain(await accidents.at(place, seed));
  },
);
