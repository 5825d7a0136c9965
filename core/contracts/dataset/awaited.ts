import type { Issue } from './issue';
import type { Source } from './source';
import type { UniqueOptions } from './unique';

/*
 * Words whose schema is there and which the engine does not obey yet: each is refused, so that none is accepted without a word. Make the
 * engine obey one, and remove its line here; when the last is gone, so is this file.
 */

interface Awaiting {
  readonly source: Source;
  readonly unique?: UniqueOptions | undefined;
}

export function checkAwaited({ source, unique }: Awaiting, issue: Issue): void {
  const refuse = (path: string[], value: unknown) => {
    if (value !== undefined) issue(path, 'expected none: this release cannot do that yet', value);
  };
  refuse(['source', 'encoding'], source.encoding);
  refuse(['source', 'compression'], source.compression === 'zip' ? source.compression : undefined);
  refuse(['unique'], Array.isArray(unique) ? undefined : unique);
}
