import type { Rule } from '../rule';
import { catchDropsCause } from './catches';
import { choiceWithoutDefault, pathMayBeMissing, pathOfWrongType } from './choices';
import { handlerOrder, retryOfFinalError, retryWithoutCapOrJitter, unknownErrorName } from './errors';
import { lineThatAllowsNothing } from './exceptions';
import { deadEnd, endlessCycle, unknownTarget, unreachableState } from './graph';
import { mapSwallowsFailures } from './maps';
import { pathWithoutTerminal } from './paths';
import { recordingLeadsToOneEnd } from './recording';
import { outputWithoutBound } from './sizes';
import {
  machineWithoutTimeout,
  mapWithoutCatch,
  taskTimeoutTooShort,
  taskWithoutCatchAll,
  taskWithoutRetry,
  taskWithoutTimeout,
  throttledLambdaNotRetried,
} from './tasks';

/** All rules, in the order in which their findings are printed: first what loses an ending, then what loses its cause. */
export const RULES: readonly Rule[] = [
  pathWithoutTerminal,
  unknownTarget,
  deadEnd,
  unreachableState,
  endlessCycle,
  machineWithoutTimeout,
  taskWithoutTimeout,
  taskTimeoutTooShort,
  taskWithoutRetry,
  taskWithoutCatchAll,
  mapWithoutCatch,
  throttledLambdaNotRetried,
  catchDropsCause,
  mapSwallowsFailures,
  choiceWithoutDefault,
  pathMayBeMissing,
  pathOfWrongType,
  outputWithoutBound,
  recordingLeadsToOneEnd,
  unknownErrorName,
  retryOfFinalError,
  retryWithoutCapOrJitter,
  handlerOrder,
  lineThatAllowsNothing,
];
