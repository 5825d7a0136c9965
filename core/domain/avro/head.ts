import { AvroBytes, BadAvro } from './bytes';
import { parseAvroSchema, type AvroType } from './schema';

/** What stands before the blocks of an Avro Object Container File. */
export interface AvroHead {
  readonly schema: AvroType;
  /** `null`, `deflate`, or another name. */
  readonly codec: string;
  /** The 16 bytes that end each block. */
  readonly sync: Uint8Array;
  /** Bytes that it takes. */
  readonly bytes: number;
}

/** `Obj` and the version. */
const AVRO_MAGIC = Uint8Array.of(0x4f, 0x62, 0x6a, 1);
export const SYNC_BYTES = 16;
const MOST_METADATA = 10_000;

/**
 * Reads the head of an Avro file. No record is decoded.
 * @param bytes from the file's beginning
 * @throws CutAvro where the head goes on behind them; BadAvro for what is none
 */
export function readAvroHead(bytes: Uint8Array): AvroHead {
  const reader = new AvroBytes(bytes);
  const magic = bytes.subarray(0, AVRO_MAGIC.length);
  if (magic.some((byte, i) => byte !== AVRO_MAGIC[i])) throw new BadAvro('it does not begin with "Obj" and 1');
  reader.take(AVRO_MAGIC.length);
  const metadata = new Map<string, string>();
  for (let n = reader.long(); n !== 0; n = reader.long()) {
    // A negative number of members is followed by their size.
    if (n < 0) reader.long();
    for (let i = 0; i < Math.abs(n); i += 1) {
      metadata.set(reader.text(), reader.text());
      if (metadata.size > MOST_METADATA) throw new BadAvro('more metadata than any file has');
    }
  }
  const sync = Uint8Array.from(reader.take(SYNC_BYTES));
  const text = metadata.get('avro.schema');
  if (text === undefined) throw new BadAvro('no schema in its head');
  return { schema: parseAvroSchema(text), codec: metadata.get('avro.codec') || 'null', sync, bytes: reader.at };
}
