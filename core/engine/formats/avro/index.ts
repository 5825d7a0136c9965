import { SchemaMismatch } from '../../../contracts/errors';
import { describeAvro, type AvroRecord } from '../../../domain/avro/schema';
import type { AvroHead } from '../../../domain/avro/head';
import { contentOf, writeThrough } from '../../bytes/land';
import { walked } from '../../lines/originals';
import type { Format, Landed, Landing } from '../format';
import { BlockReader, packed, type Block, type WalkedBlock } from './blocks';
import { ObjectColumns } from './object-columns';
import { landedBlocks, landedRecords, recordsOf } from './records';
import { avroRelation } from './relation';
import { RecordWalker } from './record-walker';

/**
 * Avro's Object Container Files. Blocks, their counts and sync markers are read here, so that a file that ends in a block is not taken for
 * a short one; where each record ends is found here, too, and what its columns are, by avsc where they have others inside. They go to the
 * reader as Parquet.
 */
export const avro: Format = {
  record: 'a record of Avro',
  land,
};

async function land(landing: Landing): Promise<Landed> {
  const { dataset, object, path } = landing;
  const reader = new BlockReader(contentOf(landing), object);
  try {
    const head = await reader.head();
    const schema = recordOf(head);
    const columns = new ObjectColumns(dataset, schema);
    const count = { records: 0 };
    const crc32 = await writeThrough(path, packed(counted(reader.blocks(head), schema, landing, columns, count)));
    landing.budget.takeRecords(count.records, object, true);
    return {
      path,
      crc32,
      count: { records: count.records, isExact: true, by: 'its blocks say' },
      readsWhole: false,
      relation: async (database, sifted) =>
        avroRelation(database, landing, sifted ?? { path, records: 0 }, schema, columns.placed),
      split: async (most) => columns.write(landedBlocks(path), `${path}.sound`, most),
      findAgain: async (_database, _sifted, aside) =>
        walked(columns.told(landedRecords(path, schema)), (record) => columns.original(record), aside),
    };
  } finally {
    await reader.close();
  }
}

function recordOf({ schema }: AvroHead): AvroRecord {
  if (schema.kind === 'record') return schema;
  throw new SchemaMismatch(`its schema is ${describeAvro(schema)}, expected a record with the columns as fields`);
}

/**
 * Passes on blocks, each after its records were walked over: they are as many as it says, and take all of its bytes.
 * @param count of the records so far
 */
async function* counted(
  blocks: AsyncIterable<Block>,
  schema: AvroRecord,
  { budget, object }: Landing,
  columns: ObjectColumns,
  count: { records: number },
): AsyncGenerator<WalkedBlock> {
  const walker = new RecordWalker(schema);
  for await (const block of blocks) {
    const { records, content, stored } = block;
    // An object without records misses nothing.
    if (count.records === 0 && records > 0) columns.refuseOthers();
    count.records += records;
    budget.takeRecords(count.records, object, false);
    budget.takeBytes(Math.max(0, content.length - stored), object);
    let values = 0;
    let isSound = true;
    let hasWide = false;
    for (const record of recordsOf(block, walker)) {
      values += record.values;
      isSound &&= columns.isSurelySound(record);
      hasWide ||= record.hasWide;
    }
    // Those without a byte take room elsewhere.
    budget.takeBytes(Math.max(0, values - Math.max(content.length, stored)), object);
    yield { ...block, isSound, hasWide };
  }
}
