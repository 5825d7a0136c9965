import type { AvroType } from './schema';

/** A function for each type, made once; for a type that contains itself, too: it is asked for again only when it is called. */
export function byType<Given, Gives>(
  make: (type: AvroType) => (given: Given) => Gives,
): (type: AvroType) => (given: Given) => Gives {
  const known = new Map<AvroType, (given: Given) => Gives>();
  const of = (type: AvroType): ((given: Given) => Gives) => {
    const before = known.get(type);
    if (before !== undefined) return before;
    known.set(type, (given) => of(type)(given));
    const made = make(type);
    known.set(type, made);
    return made;
  };
  return of;
}
