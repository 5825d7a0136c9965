import { defineProcess } from 'rollcall';

/** Whole cents, exact: without going through a floating point number. */
export default defineProcess((records, { partition }) => {
  console.log(`coded: ${records.length} records of ${partition}`);
  return records.map(({ shop = null, amount }) => ({
    shop,
    cents: Number(String(amount).replace('.', '')),
    partition,
  }));
});
