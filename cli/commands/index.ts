import type { Command } from 'commander';
import { addBackfill } from './backfill';
import { addCircuit } from './circuit';
import { addFiles } from './files';
import { addInfer } from './infer';
import { addLintAsl } from './lint-asl';
import { addQuarantine } from './quarantine';
import { addTry } from './try';

/** Adds a sub-command to the program. */
export type AddCommand = (program: Command) => void;

/** In the order in which the help lists them. */
export const COMMANDS: readonly AddCommand[] = [
  addBackfill,
  addFiles,
  addCircuit,
  addQuarantine,
  addInfer,
  addTry,
  addLintAsl,
];
