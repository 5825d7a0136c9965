import type { DatasetInput } from '../../../core/contracts/dataset/dataset';
import { seeded } from '../../corpus/case';
import { avroFile, Branch, CODECS, decimalBytes } from '../../kit/avro';
import { datasetWith } from '../../kit/datasets';
import { run } from '../../kit/engine';

type Random = (below: number) => number;
/** A type, and values of it with what they are as JSON. */
interface Kind {
  readonly type: unknown;
  readonly value: (random: Random) => readonly [given: unknown, json: string];
}

const TEXTS = [
  '',
  'a',
  'naïve 🙂',
  '"q"\\',
  'tab\tline\n',
  '\u0000\u0001',
  '\u2028\ufffd',
  'null',
  '{"a":1}',
  '__proto__',
  '12',
];
const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;
const textValue = (random: Random) => {
  const text = pick(random, TEXTS).repeat(random(3));
  return [text, JSON.stringify(text)] as const;
};
const whole = (random: Random, bits: number) =>
  BigInt.asIntN(
    1 + random(bits),
    (BigInt(random(2 ** 31)) << 33n) ^ (BigInt(random(2 ** 31)) << 11n) ^ BigInt(random(2 ** 31)),
  );

let names = 0;
const named = () => `N${(names += 1)}`;

function plain(random: Random): Kind {
  switch (random(10)) {
    case 0:
      return { type: 'string', value: textValue };
    case 1:
      return { type: 'bytes', value: textValue };
    case 2:
      return { type: 'boolean', value: (next) => (next(2) === 0 ? [true, 'true'] : [false, 'false']) };
    case 3:
      return {
        type: 'int',
        value: (next) => {
          const n = whole(next, 32);
          return [n, String(n)];
        },
      };
    case 4:
      return { type: 'null', value: () => [null, 'null'] };
    case 5: {
      const symbols = ['A', 'b-c', 'ü'];
      const value = (next: Random) =>
        pick(
          next,
          symbols.map((one) => [one, JSON.stringify(one)] as const),
        );
      return { type: { type: 'enum', name: named(), symbols }, value };
    }
    case 6: {
      const scale = random(12);
      return {
        type: { type: 'bytes', logicalType: 'decimal', precision: 12 + scale, scale },
        value: (next) => {
          const unscaled = whole(next, 60);
          const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
          const [before, behind] = [digits.slice(0, digits.length - scale), digits.slice(digits.length - scale)];
          return [decimalBytes(unscaled), `${unscaled < 0n ? '-' : ''}${before}${scale === 0 ? '' : `.${behind}`}`];
        },
      };
    }
    case 7:
      return {
        type: 'double',
        value: (next) => {
          const number = pick(next, [0, -0, 0.1, -1e-7, 1e21, 5e-324, 1.7976931348623157e308, next(1000) / 7]);
          return [number, Object.is(number, -0) ? '-0.0' : String(number)];
        },
      };
    case 8:
      return {
        type: { type: 'long', logicalType: 'timestamp-micros' },
        value: (next) => {
          const [millis, micros] = [next(2 ** 31) * 1000 - next(2 ** 31) * 500 + next(1000), next(1000)];
          const iso = new Date(millis).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
          return [millis * 1000 + micros, `"${iso}"`];
        },
      };
    default:
      return {
        type: 'long',
        value: (next) => {
          const n = whole(next, 64);
          return [n, String(n)];
        },
      };
  }
}

function kindOf(random: Random, depth: number): Kind {
  switch (depth === 0 ? 9 : random(8)) {
    case 0: {
      const items = kindOf(random, depth - 1);
      return {
        type: { type: 'array', items: items.type },
        value: (next) => {
          const all = Array.from({ length: next(4) }, () => items.value(next));
          return [all.map(([one]) => one), `[${all.map(([, json]) => json).join(',')}]`];
        },
      };
    }
    case 1: {
      const items = kindOf(random, depth - 1);
      return {
        type: { type: 'map', values: items.type },
        value: (next) => {
          // Keys may come twice, and in an order that no object of JavaScript keeps.
          const all = Array.from({ length: next(4) }, () => [pick(next, TEXTS), ...items.value(next)] as const);
          return [
            all.map(([key, one]) => [key, one]),
            `{${all.map(([key, , json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`,
          ];
        },
      };
    }
    case 2: {
      const fields = Array.from({ length: random(4) }, (_, i) => ({
        name: `${pick(random, ['ü', 'a-b', '__proto__'])}${i}`,
        ...kindOf(random, depth - 1),
      }));
      return {
        type: {
          type: 'record',
          name: named(),
          namespace: 'x-y.z',
          fields: fields.map(({ name, type }) => ({ name, type })),
        },
        value: (next) => {
          const all = fields.map(({ name, value }) => [name, ...value(next)] as const);
          return [
            Object.fromEntries(all.map(([name, one]) => [name, one])),
            `{${all.map(([name, , json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`,
          ];
        },
      };
    }
    case 3: {
      const others = [kindOf(random, depth - 1), plain(random), plain(random)];
      const kindName = ({ type }: Kind) =>
        JSON.stringify(typeof type === 'object' && type !== null && 'type' in type ? type.type : type);
      const branches = others.filter(
        (one, i) => !Array.isArray(one.type) && others.findIndex((other) => kindName(other) === kindName(one)) === i,
      );
      return {
        type: branches.map(({ type }) => type),
        value: (next) => {
          const index = next(branches.length);
          const [given, json] = branches[index]!.value(next);
          return [new Branch(index, given), json];
        },
      };
    }
    default:
      return plain(random);
  }
}

it.each(CODECS)('random schemas and records are published as they were written (%s)', async (codec) => {
  const random = seeded(1 + CODECS.indexOf(codec));
  const kinds = Array.from({ length: 40 }, () => kindOf(random, 3)).filter(
    ({ type }) => !Array.isArray(type) || type.length > 0,
  );
  const rows = Array.from({ length: 25 }, () => kinds.map(({ value }) => value(random)));
  const schema = { type: 'record', name: 'All', fields: kinds.map(({ type }, i) => ({ name: `c${i}`, type })) };
  const columns: DatasetInput['columns'] = Object.fromEntries(
    kinds.map((_, i) => [`c${i}`, { type: 'json' as const, nullable: true }]),
  );
  const dataset = datasetWith({
    source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'avro' },
    columns,
  });
  const records = rows.map((row) => Object.fromEntries(row.map(([given], i) => [`c${i}`, given])));
  const { rows: found, counts } = await run(dataset, avroFile(schema, records, { codec, perBlock: 7 }), {
    pieceBytes: 997,
  });
  expect(counts).toMatchObject({ read: 25, accepted: 25 });
  const asText = (value: unknown) => (value === null ? 'null' : String(value));
  expect(found.map((row) => kinds.map((_, i) => asText(row[`c${i}`])))).toEqual(
    rows.map((row) => row.map(([, json]) => json)),
  );
});
