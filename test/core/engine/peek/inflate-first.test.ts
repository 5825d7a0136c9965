import { gzipSync, zstdCompressSync } from 'node:zlib';
import { inflateFirst } from '../../../../core/engine/peek/inflate-first';
import { zipOf } from '../bytes/zip';

const large = Buffer.alloc(50_000_000, 'a');

it.each([
  ['gzip', gzipSync(large)],
  ['zstd', zstdCompressSync(large)],
  ['zip', zipOf([{ name: 'a.csv', content: large.toString() }])],
] as const)('of a bomb of %s only a little is inflated', (envelope, bytes) => {
  const content = inflateFirst(bytes.subarray(0, 65_536), envelope);
  expect(content?.length).toBeGreaterThan(0);
  expect(content?.length).toBeLessThanOrEqual(256 * 1024);
  expect(content?.every((byte) => byte === 97)).toBe(true);
});
