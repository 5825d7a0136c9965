import { STEP_SHAPES } from '../../asl-lint/step-shapes';
import type { Shape } from '../../asl-lint/shapes';
import type { Answer } from './oracle';

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pick = <T>(from: readonly T[], random: () => number): T => from[Math.floor(random() * from.length)] as T;

/** What a step might answer that has a fault: nothing, something else, or its output with parts lost or replaced. */
export function faultyAnswer(state: string, random: () => number): Answer {
  const shape = (STEP_SHAPES as Readonly<Record<string, Shape>>)[state];
  if (random() < 0.12) return { error: pick(['TransientError', 'InternalError'], random) };
  if (shape === undefined) return { result: { Status: 'SUCCEEDED' } };
  const damage = pick([0, 0, 0.05, 0.15, 0.4], random);
  return { result: random() < 0.05 ? pick([null, 'text', 3, [], {}], random) : valueOf(shape, random, damage) };
}

function valueOf(shape: Shape, random: () => number, damage: number): unknown {
  if (shape.kind !== 'array' && random() < damage / 2) return pick([null, 'text', 0, true, {}], random);
  switch (shape.kind) {
    case 'any':
      return pick([null, 'text', 1, {}], random);
    case 'scalar':
      if (shape.literal !== undefined) return shape.literal;
      if (shape.type === 'boolean') return random() < 0.5;
      return shape.type === 'number' ? pick([0, 1, 2], random) : pick(['text', '2026-01-20T06:00:00Z'], random);
    case 'array':
      return Array.from({ length: pick([0, 1, 2], random) }, () => valueOf(shape.items, random, damage));
    case 'union':
      return valueOf(pick(shape.of, random), random, damage);
    case 'object':
      return Object.fromEntries(
        Object.entries(shape.fields)
          .filter(([, field]) => !(field.optional && random() < 0.5) && random() >= damage)
          .map(([name, field]) => [name, valueOf(field.value, random, damage)]),
      );
  }
}
