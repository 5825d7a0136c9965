import { edgesOf, type Edge, type Scope, type StateNode } from './machine';

/** Ways out of a state that lead to a state that exists, or to the end. */
function soundEdges(scope: Scope, node: StateNode): Edge[] {
  return edgesOf(node).filter((edge) => edge.to === null || scope.states.has(edge.to));
}

/** Names of the states that can be reached from some, those included. `avoiding` is entered but not left. */
export function reachable(
  scope: Scope,
  from: readonly string[],
  options: { readonly avoiding?: string; readonly withoutCatch?: boolean } = {},
): Set<string> {
  const seen = new Set<string>();
  const queue = [...from];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const node = scope.states.get(name);
    if (node === undefined || seen.has(name)) continue;
    seen.add(name);
    if (name === options.avoiding) continue;
    for (const edge of soundEdges(scope, node))
      if (edge.to !== null && !(options.withoutCatch === true && edge.kind === 'catch')) queue.push(edge.to);
  }
  return seen;
}

/** Names of the states from which `target` can be reached. */
export function leadingTo(scope: Scope, target: string): Set<string> {
  return new Set([...scope.states.keys()].filter((name) => reachable(scope, [name]).has(target)));
}

/** The shortest way from a state to an edge that `wanted` says yes to, without passing `avoiding`. */
export function shortestWay(
  scope: Scope,
  from: string,
  avoiding: string,
  wanted: (edge: Edge) => boolean,
): Edge[] | undefined {
  const queue: { name: string; way: Edge[] }[] = [{ name: from, way: [] }];
  const seen = new Set<string>();
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    const node = scope.states.get(at.name);
    if (node === undefined || at.name === avoiding || seen.has(at.name)) continue;
    seen.add(at.name);
    for (const edge of soundEdges(scope, node)) {
      const way = [...at.way, edge];
      if (wanted(edge)) return way;
      if (edge.to !== null) queue.push({ name: edge.to, way });
    }
  }
  return undefined;
}

/** A way for people: `A → B (Catch[0]) → C`. */
export function describeWay(way: readonly Edge[]): string {
  const steps = way.map(({ from, kind, label }) =>
    kind === 'catch' || kind === 'choice' ? `${from.name} (${label})` : from.name,
  );
  const last = way.at(-1);
  return [...steps, last?.to ?? 'end'].join(' → ');
}
