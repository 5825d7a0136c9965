import type { Command } from 'commander';
import { addLintAsl } from './lint-asl';

/** Adds a sub-command to the program. */
export type AddCommand = (program: Command) => void;

/** In the order in which the help lists them. */
export const COMMANDS: readonly AddCommand[] = [addLintAsl];
