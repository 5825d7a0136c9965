import { MACHINE } from '../lint-finding';
import { describeWay, leadingTo, shortestWay } from '../graph';
import { edgesOf, statesOf, type Edge } from '../machine';
import { problem, type Context, type Problem, type Rule } from '../rule';

/**
 * Every way to the machine's end passes the terminal state. One problem for each edge on which a path leaves the states that lead to it,
 * so the message names the state whose transition is wrong, not the innocent Succeed at the end.
 */
function check({ machine, terminal }: Context): Problem[] {
  const { StartAt: start } = machine.definition;
  if (!machine.states.has(terminal)) {
    const nested = statesOf(machine).find((node) => node.name === terminal);
    const where = nested === undefined ? 'there is no such state' : `it is inside "${nested.path.split('/')[0]}"`;
    return [
      problem(
        MACHINE,
        `the machine ends without passing "${terminal}": ${where}`,
        'add the terminal state to the outermost states, or name it: --terminal <state>',
      ),
    ];
  }
  const covered = leadingTo(machine, terminal);
  const leaving: Edge[] = [...machine.states.values()]
    .filter((node) => node.name !== terminal && (covered.has(node.name) || node.name === start))
    .flatMap(edgesOf)
    .filter((edge) => edge.to === null || (machine.states.has(edge.to) && !covered.has(edge.to)));
  return leaving.flatMap((edge) => {
    const way = shortestWay(machine, start, terminal, (e) => e.from === edge.from && e.label === edge.label);
    const rest = edge.to === null ? [] : shortestWay(machine, edge.to, terminal, (e) => e.to === null);
    // Without a way to an end it is a dead end or an endless cycle, which are rules of their own.
    if (way === undefined || rest === undefined) return [];
    return [
      problem(
        edge.from,
        `${edge.label} leads to the machine's end without passing "${terminal}": ${describeWay([...way, ...rest])}`,
        `lead ${edge.label} to "${terminal}", or to a state from which every path leads there`,
      ),
    ];
  });
}

export const pathWithoutTerminal: Rule = {
  id: 'path-without-terminal',
  forbids: 'a path that ends the machine without passing the terminal state',
  why: 'such a run leaves no manifest and no message: how it ended stays unknown',
  check,
};
