/*
 * What a definition imports, wherever it lies: `import { defineDataset } from 'rollcall'`. The loader of definitions resolves that name
 * (`lib/build/definition-imports.ts`).
 */
export { defineDataset, type Dataset, type DatasetInput } from './dataset/dataset';
export {
  defineProcess,
  type ProcessAbout,
  type ProcessFunction,
  type ProcessRecord,
  type ProcessValue,
} from './dataset/process';
