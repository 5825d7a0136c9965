import type { FormatName } from '../../contracts/dataset/formats';
import { avro } from './avro';
import { csv } from './csv';
import type { Format } from './format';
import { json } from './json';
import { jsonl } from './jsonl';
import { parquet } from './parquet';
import { text } from './text';

/** How each format of sources is read. A new one is a folder here, a line, and its declaration in `core/contracts/dataset/formats/`. */
export const FORMATS: Readonly<Record<FormatName, Format>> = { csv, jsonl, json, parquet, avro, text };
