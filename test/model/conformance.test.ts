import { claim } from '../../core/runtime/ledger/partition-record';
import { arnOf, PARTITION } from '../kit/runs';
import { realConclusions } from './execution-answers';
import { recordFromOutside, sweep } from './outside';
import { protocolAsBuilt } from './parameters';
import { ProtocolModel } from './protocol-model';
import { Random } from './random';
import { ModelWorld, type SimulatedExecution } from './model-world';
import type { State } from './state-space';

/**
 * The model mirrors the real recorder: a run has claimed and is stopped, a recorder dies after k requests, for every k, and a sweep
 * completes what is missing. Both make the same requests in the same order.
 */

/** Beside the protocol: evidence for the manifest, read before it is composed, and the records of circuits and troubles, which decide no ending. */
const isProtocol = (line: string): boolean => !/ (plans|circuits|troubles)\/|^ListObjectsV2 /.test(line);

/** The requests of a recorder that dies after `lives` requests (plans included), and those of the sweep after it. */
async function reality(lives: number): Promise<{ recorder: string[]; sweep: string[] }> {
  const world = new ModelWorld(new Random(1));
  world.calm = true;
  const execution: SimulatedExecution = {
    name: 'run-1',
    arn: arnOf('run-1'),
    startTime: world.now().toISOString(),
    input: { dataset: 'flights', partition: PARTITION, reprocess: false },
    status: 'ABORTED',
    pinned: world.datasets,
    closedAt: world.now(),
  };
  world.executions.set(execution.name, execution);
  const run = async (
    name: string,
    left: number,
    act: (invocation: ReturnType<ModelWorld['invocation']>) => Promise<unknown>,
  ) => {
    const invocation = { ...world.invocation(name, execution.name), left };
    const failed: unknown[] = [];
    act(invocation).catch((error: unknown) => failed.push(error));
    for (await world.settled(); world.waiting.length > 0; await world.settled()) world.proceed(0);
    if (failed.length > 0) throw failed[0] as Error;
    return world.log.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  };
  await run('claim', Infinity, (invocation) =>
    claim(
      world.ledger(invocation),
      { dataset: 'flights', partition: PARTITION },
      { runId: 'run-1', executionArn: execution.arn, reprocess: false },
      { now: world.now(), isRunning: async () => false, isRedriven: async () => false },
    ),
  );
  const recorder = await run('recorder', lives, (invocation) => recordFromOutside(world, invocation, execution));
  // The lease of the process that died runs out.
  world.pass(180);
  return { recorder, sweep: await run('sweep', Infinity, (invocation) => sweep(world, invocation)) };
}

/** `Put outbox/…` → `PUT pointer`. */
function inWordsOfTheModel(line: string): string {
  if (line.startsWith('Slack')) return 'POST';
  const [verb = '', key = ''] = line.split(' ');
  const things: Record<string, string> = {
    runs: 'manifest',
    partitions: 'record',
    outbox: 'pointer',
    receipts: 'receipt',
  };
  return `${verb.toUpperCase()} ${things[key.split('/')[0]!]}`;
}

/** The same in the model: labels like `sweep of A: Record: PUT pointer`, of A only. */
function imagination(model: ProtocolModel, requests: number): string[] {
  let state = model.initial();
  const follow = (wanted: string): void => {
    let next: State | undefined;
    model.successors(
      state,
      (candidate, label) => {
        if (label.startsWith(wanted) && !label.includes('its work fails')) next ??= candidate.slice();
      },
      true,
    );
    if (next === undefined) throw new Error(`the model has no step “${wanted}”`);
    state = next;
  };
  ['A: Claim: GET', 'A: Claim: PUT', 'A is stopped', 'an extra recorder begins with A'].forEach(follow);
  for (let i = 0; i < requests; i += 1) follow('extra recorder of A');
  return model
    .sweep(state)
    .filter((label) => label.startsWith('sweep of A'))
    .map((label) => / (GET|HEAD|PUT|DELETE) \w+|POST/.exec(label)?.[0].trim() ?? label);
}

it('the model’s recorder makes the requests of the real one, in the same order, wherever the recorder before it died', async () => {
  const model = new ProtocolModel(protocolAsBuilt(await realConclusions(), { faults: 0, extra: 1 }));
  const whole = (await reality(Infinity)).recorder;
  expect(whole.filter(isProtocol).map(inWordsOfTheModel)).toEqual(imagination(model, 0));
  let requests = 0;
  for (const [lives, line] of [...whole, 'the end'].entries()) {
    if (!isProtocol(line)) continue;
    const real = (await reality(lives)).sweep.filter(isProtocol).map(inWordsOfTheModel);
    expect({ requests, real }).toEqual({ requests, real: imagination(model, requests) });
    requests += 1;
  }
  expect(requests).toBeGreaterThan(8);
});
