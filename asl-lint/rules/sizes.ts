import { sizeOf } from '../flow/size';
import type { StateNode } from '../machine';
import { problem, type Context, type Problem, type Rule } from '../rule';

/** What a state may be given, and may leave: 256 KiB of JSON. */
const MOST_BYTES = 256 * 1024;

export const outputWithoutBound: Rule = {
  id: 'output-without-bound',
  allowable: true,
  forbids:
    'a Task whose declared output has a text or a list without a maximum, or may be larger than 256 KiB; a state that is entered with more than that (only where outputs are declared)',
  why: 'beyond 256 KiB the execution fails with States.DataLimitExceeded: by the documentation nothing catches that, and between two states nothing does',
  check: (context) => [...tasks(context), ...entered(context)],
};

function tasks({ states, options }: Context): Problem[] {
  const shapes = options.shapes ?? {};
  return states.flatMap((node) => {
    const shape = node.definition.Type === 'Task' && Object.hasOwn(shapes, node.name) ? shapes[node.name] : undefined;
    if (shape === undefined) return [];
    const { bytes, unbounded } = sizeOf(shape, 'has no bound');
    if (unbounded !== undefined)
      return [
        problem(
          node,
          `nothing bounds ${unbounded} of what the Task answers`,
          'give the schema of its output a maximum there',
        ),
      ];
    return bytes > MOST_BYTES ? [tooLarge(node, 'what the Task answers', bytes)] : [];
  });
}

/** The outermost states: what the run has gathered when they are entered, the results of Maps included. */
function entered({ flow, machine }: Context): Problem[] {
  return [...machine.states.values()].flatMap((node) => {
    // Way by way: what comes on several is merged to more than comes on any.
    const sizes = (flow.ways.get(node.name) ?? []).map(({ edge, value }) => ({
      from: edge === undefined ? '' : ` from ${edge.from.name} by ${edge.label}`,
      bytes: sizeOf(value, 'counts nothing').bytes,
    }));
    const largest = sizes.toSorted((a, b) => b.bytes - a.bytes)[0];
    return largest === undefined || largest.bytes <= MOST_BYTES
      ? []
      : [tooLarge(node, `what enters${largest.from}`, largest.bytes)];
  });
}

function tooLarge(node: StateNode, what: string, bytes: number): Problem {
  const kib = Math.ceil(bytes / 1024);
  return problem(
    node,
    `${what} may be ${kib} KiB, a state takes 256`,
    'leave data in S3 and pass its key, or lower the maxima',
  );
}
