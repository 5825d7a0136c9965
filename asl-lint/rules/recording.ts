import type { Flow } from '../flow/flow';
import { edgesOf, type Scope } from '../machine';
import { problem, type Rule } from '../rule';

/** How the machine can end from some states on, by ways that data can take: a comparison that is never true leads nowhere. */
function endsFrom(machine: Scope, flow: Flow, from: readonly string[]): Set<'Succeed' | 'Fail'> {
  const ends = new Set<'Succeed' | 'Fail'>();
  const seen = new Set<string>();
  const queue = [...from];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const edge of flow.edges.filter((e) => e.from === machine.states.get(name)))
      if (edge.to === null) ends.add(edge.from.definition.Type === 'Fail' ? 'Fail' : 'Succeed');
      else if (edge.kind !== 'catch') queue.push(edge.to);
  }
  return ends;
}

export const recordingLeadsToOneEnd: Rule = {
  id: 'recording-leads-to-one-end',
  forbids:
    'a terminal state after which not both a Succeed and a Fail can follow, by a Choice; or whose own Catch leads to a Succeed',
  why: 'console and metrics then call every run the same, so alarms on them are worth nothing',
  check: ({ machine, terminal, flow }) => {
    const node = machine.states.get(terminal);
    if (node === undefined) return [];
    const hint = 'ask in a Choice after it whether the run succeeded: yes → Succeed, no → Fail';
    if (node.definition.End === true) return [problem(node, 'the machine ends here, always as a success', hint)];
    const next = edgesOf(node).flatMap((edge) => (edge.kind === 'next' && edge.to !== null ? [edge.to] : []));
    const after = endsFrom(machine, flow, next);
    const caught = endsFrom(
      machine,
      flow,
      (node.definition.Catch ?? []).map((catcher) => catcher.Next),
    );
    const found = (['Succeed', 'Fail'] as const)
      .filter((end) => !after.has(end))
      .map((end) => problem(node, `no way from here leads to a ${end}`, hint));
    if (caught.has('Succeed'))
      found.push(
        problem(
          node,
          'its Catch leads to a Succeed: a run that was not recorded looks fine',
          'lead the Catch to a Fail',
        ),
      );
    return found;
  },
};
