import { containerOf, officeFile, type Envelope } from '../../domain/detect/container';
import { describeText, type Description } from '../../domain/detect/describe';
import type { Declared } from '../../domain/detect/differences';
import { decode, encodingOf } from '../../domain/detect/guess-encoding';
import { dataEntries, firstEntry } from './zip-entries';
import { inflateFirst } from './inflate-first';

/** Bytes that are looked at: enough for hundreds of lines, and done in milliseconds. */
export const FIRST_BYTES = 64 * 1024;

/**
 * What an object is that begins with these bytes, for people, and in what it differs from what its dataset declares, with the words to
 * write. Of `rollcall infer` and of messages alike. Never throws for what the bytes are.
 * @param whole whether these are all the bytes of the object
 */
export function whatItIs(first: Buffer, whole: boolean, declared?: Declared): Description {
  const bytes = first.subarray(0, FIRST_BYTES);
  const cut = !whole || bytes.length < first.length;
  const container = containerOf(bytes);
  switch (container.kind) {
    case 'empty':
      return { what: '0 bytes', differences: declared === undefined ? [] : [{ found: 'it has 0 bytes', write: null }] };
    case 'foreign':
      return foreign(container.what, container.advice);
    case 'format': {
      const what = CALLED[container.format];
      return {
        what,
        differences: isDeclared(declared, container.format)
          ? []
          : [{ found: `it is ${what}`, write: { format: container.format } }],
      };
    }
    case 'envelope':
      return ofEnvelope(bytes, container.envelope, declared);
    case 'plain':
      return ofText(bytes, cut, declared);
  }
}

function isDeclared(declared: Declared | undefined, format: string): boolean {
  return declared === undefined || declared.format === format;
}

function foreign(what: string, advice: string): Description {
  return { what, differences: [{ found: `it is ${what}, which is not read: ${advice}`, write: null }] };
}

const CALLED: Readonly<Record<Envelope | 'parquet' | 'avro', string>> = {
  gzip: 'gzip',
  zstd: 'zstd',
  zip: 'a zip archive',
  parquet: 'a Parquet file',
  avro: 'an Avro file',
};

function ofEnvelope(bytes: Buffer, envelope: Envelope, declared: Declared | undefined): Description {
  const name = CALLED[envelope];
  const entry = envelope === 'zip' ? firstEntry(bytes) : null;
  if (entry !== null) {
    const office =
      officeFile([entry.name]) ??
      (entry.name === '[Content_Types].xml' ? 'an Excel workbook or another file of Office' : null);
    if (office !== null) return foreign(office, 'save it as CSV, or have it delivered so');
    if (entry.encrypted) return foreign('an encrypted zip archive', 'have it delivered without a password');
    // What macOS adds, or a folder, is no content.
    if (dataEntries([entry]).length === 0)
      return { what: name, differences: compressionDiffers(envelope, name, declared) };
  }
  const content = inflateFirst(bytes, envelope);
  if (content === null || content.length === 0) {
    const what =
      content === null ? `${name} that is damaged` : `${name} of nothing, or cut off before anything came of it`;
    return { what, differences: declared === undefined ? [] : [{ found: `it is ${what}`, write: null }] };
  }
  const inner = containerOf(content);
  if (inner.kind === 'envelope') {
    const what = `${name} of ${CALLED[inner.envelope]}`;
    return { what, differences: [{ found: `it is ${what}: compressed twice`, write: null }] };
  }
  const binary = inner.kind === 'format' ? CALLED[inner.format] : null;
  const text = binary === null ? ofText(content, true, declared, true) : { what: binary, differences: [] };
  const what = `${name} of ${text.what}`;
  const differences =
    binary === null
      ? compressionDiffers(envelope, what, declared)
      : [{ found: `it is ${what}: unpack it, it compresses inside`, write: null }];
  return { what, differences: [...differences, ...text.differences] };
}

function compressionDiffers(
  envelope: Envelope,
  what: string,
  declared: Declared | undefined,
): Description['differences'] {
  if (declared === undefined || declared.compression === envelope) return [];
  return [{ found: `it is ${what}`, write: { compression: envelope } }];
}

function ofText(bytes: Buffer, cut: boolean, declared: Declared | undefined, packed = false): Description {
  const encoding = encodingOf(bytes, cut);
  if (encoding === null) {
    const what = `bytes of no known kind (${bytes.subarray(0, 8).toString('hex')}…)`;
    return { what, differences: [{ found: `it is ${what}`, write: null }] };
  }
  const text = describeText(decode(bytes, encoding, cut), cut, encoding, declared);
  const compression = declared?.compression ?? 'none';
  return compression !== 'none' && !packed
    ? { what: text.what, differences: [...notCompressed(text.what, compression), ...text.differences] }
    : text;
}

function notCompressed(what: string, compression: string): Description['differences'] {
  return [{ found: `it is not ${compression}: it is ${what}, not compressed`, write: { compression: 'none' } }];
}
