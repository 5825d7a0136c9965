import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { describeProblem } from '../../core/contracts/problems';

/**
 * What the functions are built for. `host` is this machine's processor and system, for local runs and emulators that run Lambdas as
 * plain processes; `none` builds nothing.
 */
const TARGETS = ['arm64', 'x64', 'host', 'none'] as const;
export type Target = (typeof TARGETS)[number];

/** Thrown when the target is none of them. */
class InvalidTarget extends Error {
  override readonly name = 'InvalidTarget';
}

/** @throws InvalidTarget naming the value and what was expected */
export function parseTarget(value: unknown): Target {
  const target = TARGETS.find((name) => name === value);
  if (target === undefined)
    throw new InvalidTarget(describeProblem({ field: 'target', value, expected: `one of ${TARGETS.join(', ')}` }));
  return target;
}

/** System and processor, as Node names them and DuckDB's packages are named after. */
export interface Platform {
  readonly os: string;
  readonly cpu: string;
}

/** Lambda runs Linux with glibc on either processor. */
export function platformOf(target: Exclude<Target, 'none'>): Platform {
  return target === 'host' ? { os: process.platform, cpu: process.arch } : { os: 'linux', cpu: target };
}

/** @throws InvalidTarget for a processor that Lambda doesn't have */
export function architectureOf({ cpu }: Platform): Architecture {
  if (cpu === 'arm64') return Architecture.ARM_64;
  if (cpu === 'x64') return Architecture.X86_64;
  throw new InvalidTarget(`target host: got a processor of type ${cpu}, expected arm64 or x64`);
}
