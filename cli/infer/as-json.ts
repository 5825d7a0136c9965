import type { Entry } from '../../core/domain/infer/draft';
import type { Inferred } from './infer';

/** What was found, for programs. */
export interface InferredJson {
  readonly definition: Readonly<Record<string, unknown>>;
  /** For each word that something speaks for: its path, whether it is in the definition, and what was seen. */
  readonly seen: readonly {
    readonly path: readonly string[];
    readonly value: unknown;
    readonly sure: boolean;
    readonly saw: readonly string[];
  }[];
  readonly files: Inferred['files'];
  readonly notes: readonly string[];
}

export function asJson(
  { draft, finding, files, notes }: Inferred,
  definition: Readonly<Record<string, unknown>>,
): InferredJson {
  return {
    definition,
    seen: draft.entries.flatMap((entry) => seenOf(entry, [])),
    files,
    notes: [...finding.notes, ...notes],
  };
}

function seenOf({ key, value, notes, isComment, members }: Entry, above: readonly string[]): InferredJson['seen'] {
  const path = [...above, key];
  if (members !== undefined) return members.flatMap((member) => seenOf(member, path));
  return notes.length === 0 ? [] : [{ path, value, sure: isComment !== true, saw: notes }];
}
