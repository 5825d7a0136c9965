/**
 * What a `dataset.ts` or `process.ts` imports, anywhere on disk: `import { defineDataset } from 'rollcall'`. `exports` of package.json and
 * the loaders of `lib/build/definition-imports.ts` lead here.
 */
export { defineDataset, type Column, type Dataset, type DatasetInput } from './dataset/dataset';
export {
  defineProcess,
  type ProcessAbout,
  type ProcessFunction,
  type ProcessRecord,
  type ProcessValue,
} from './dataset/process';
