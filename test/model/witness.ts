import { parseKey, keys } from '../../core/contracts/keys';
import { messageIdOf } from '../../core/contracts/message-ids';
import type { Manifest } from '../../core/contracts/run/manifest';
import { EMPTY_RECORD, partitionRecordSchema, type PartitionRecord } from '../../core/contracts/run/partition-record';
import type { Invocation, World } from './simulated-world';

/** Watches every write and post of a history, and throws on the first that breaks an invariant of the protocol. */
export class Witness {
  private readonly told = new Map<string, number>();
  private readonly published = new Set<string>();
  /** The records as they were written: what else happens to them must not matter. */
  private readonly records = new Map<string, PartitionRecord>();
  /** Repeated posts: there was no receipt of the first when the second poster looked. */
  repeats = 0;

  constructor(private readonly world: World) {}

  posts(runId: string): number {
    return this.told.get(runId) ?? 0;
  }

  wrote(writer: Invocation, key: string, before: string | undefined): void {
    const parsed = parseKey(key);
    const after = this.world.memory.text('ledger', key);
    if (parsed?.kind === 'manifest' && before !== undefined) this.fail(writer, `${key} was written over`);
    if (parsed?.kind === 'partition') {
      const now = JSON.parse(after ?? 'null') as PartitionRecord;
      this.recordChanged(writer, this.records.get(key) ?? EMPTY_RECORD, now);
      this.records.set(key, now);
    }
    if (parsed?.kind === 'partition' || parsed?.kind === 'manifest') this.agree(writer);
  }

  posted(poster: Invocation, runId: string): void {
    const looked = poster.looked.get(runId);
    if (this.manifest(runId) === undefined) this.fail(poster, `posted about ${runId}, which has no manifest`);
    if (looked === undefined) return this.fail(poster, 'posted without a look for the receipt');
    const posts = this.posts(runId);
    if (posts > looked) this.fail(poster, `posted about ${runId} after another had posted since it looked`);
    if (posts > 0) this.repeats += 1;
    this.told.set(runId, posts + 1);
  }

  /** After a sweep that got to finish, with nothing else alive. */
  complete(): void {
    const { executions, memory } = this.world;
    const atTheEnd = { name: 'at the end', runId: '' } as Invocation;
    for (const key of memory.keys('ledger', 'partitions/')) {
      const parsed = partitionRecordSchema.safeParse(jsonOf(memory.text('ledger', key)));
      if (!parsed.success) return this.fail(atTheEnd, `${key} is unreadable for ever`);
      if (parsed.data.holder) this.fail(atTheEnd, `${parsed.data.holder.runId} holds the partition for ever: ${key}`);
    }
    if (memory.keys('ledger', 'outbox/').length > 0) this.fail(atTheEnd, 'something is left in the outbox');
    for (const { name } of executions.values()) {
      if (this.manifest(name) === undefined) this.fail(atTheEnd, `${name} has no manifest`);
      if (this.posts(name) === 0) this.fail(atTheEnd, `no message says how ${name} ended`);
      const messageId = messageIdOf(this.manifestKey(name) ?? '') ?? '';
      if (memory.text('ledger', keys.receipt(messageId)) === undefined) this.fail(atTheEnd, `no receipt for ${name}`);
    }
    this.agree(atTheEnd);
  }

  manifest(runId: string): Manifest | undefined {
    const key = this.manifestKey(runId);
    return key === undefined ? undefined : (this.world.memory.json('ledger', key) as Manifest);
  }

  /** Wherever it stands; a run has one, whatever was deployed. */
  private manifestKey(runId: string): string | undefined {
    const found = this.world.memory.keys('ledger', 'runs/').filter((key) => key.endsWith(`/${runId}.json`));
    if (found.length > 1) this.fail({ name: runId }, `has ${found.length} manifests: ${found.join(', ')}`);
    return found[0];
  }

  private recordChanged(writer: Invocation, old: PartitionRecord, now: PartitionRecord): void {
    const fail = (what: string): void => this.fail(writer, what);
    const [was, is] = [old.holder?.runId, now.holder?.runId];
    if (now.fence < old.fence) fail('the fence fell');
    if (was !== is && now.fence <= old.fence) fail('the holder changed and the fence did not rise');
    if (was !== undefined && is !== undefined && was !== is) {
      if (this.world.executions.get(was)?.status === 'RUNNING')
        fail(`${is} took the partition from ${was}, which runs`);
    }
    if (old.publication !== null && now.publication === null) fail('the publication is gone');
    const kept = new Set(now.superseded.map((run) => run.runId));
    if (old.superseded.some((run) => !kept.has(run.runId))) fail('superseded lost a run');
    if (now.publication === null || now.publication.runId === old.publication?.runId) return;
    const { runId } = now.publication;
    if (runId !== was) fail(`${runId} published, which does not hold the partition`);
    if (writer.runId !== runId || writer.fence !== old.fence)
      fail(`${runId} published under a fence that is not current`);
    if (this.published.has(runId)) fail(`${runId} published twice`);
    if (this.manifest(runId) !== undefined) fail(`${runId} published after its manifest`);
    if (old.publication !== null && !kept.has(old.publication.runId)) fail('a replaced publication is forgotten');
    if (old.publication !== null && this.world.executions.get(runId)?.input.reprocess !== true)
      fail('replaced unasked');
    this.published.add(runId);
  }

  /** A manifest says published exactly if the run's publication stands or stood. */
  private agree(writer: Invocation): void {
    for (const { name } of this.world.executions.values()) {
      const status = this.manifest(name)?.status;
      if (status === undefined) continue;
      const says = ['PUBLISHED', 'PARTIAL', 'NO_DATA'].includes(status);
      if (says !== this.published.has(name)) {
        this.fail(writer, `the manifest of ${name} says ${status}; published: ${this.published.has(name)}`);
      }
    }
  }

  private fail(writer: Pick<Invocation, 'name'>, what: string): never {
    const error = new Error(`${writer.name}: ${what}\n${this.world.log.join('\n')}`);
    this.failure ??= error;
    throw error;
  }
  /** The first failure; kept, because the code under test may catch what is thrown at it. */
  failure: Error | undefined;
}

/** What a document says; undefined while it cannot be read. */
export function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
