import type { CfnResource, CfnTemplate } from '../../edges/cfn';
import { edgesOf } from '../../edges/check';
import type { ProvenEdge } from '../../edges/edge';
import { synthesize, type SynthesizeOptions } from '../kit/template';

/** The template of the app with the datasets of the tests of `lib/`, whose schedules are in it. */
export function ownTemplate(options: SynthesizeOptions = {}): CfnTemplate {
  return synthesize(options).template.toJSON();
}

export const edgesIn = (template: CfnTemplate): ProvenEdge[] => edgesOf([{ name: 'Rollcall', template }]);

/** What an edge is, whatever is ruled about it. */
export const nameOf = ({ kind, from, who, action, to }: ProvenEdge): string =>
  [kind, from, who, action, to].join(' | ');

type Json = Record<string, unknown>;

/** The documents of a resource that hold statements. */
const DOCUMENTS = ['PolicyDocument', 'AssumeRolePolicyDocument', 'KeyPolicy'];

/** A copy of a template that may be changed. */
export class Changed {
  readonly template: { Resources: Record<string, CfnResource & { Properties: Json }> };

  constructor(original: CfnTemplate) {
    this.template = structuredClone(original) as unknown as typeof this.template;
  }

  /** The statements in which the one with that origin stands, and its place; undefined where it is a resource of its own. */
  find(origin: string): { readonly statements: Json[]; readonly index: number } | undefined {
    const [, id = origin, label] = /^(\w+)\[(.+)\]$/.exec(origin) ?? [];
    if (label === undefined) return undefined;
    const properties = this.template.Resources[id]?.Properties ?? {};
    const documents = DOCUMENTS.flatMap((name) => (properties[name] === undefined ? [] : [properties[name] as Json]));
    const statements = documents[0]?.['Statement'] as Json[] | undefined;
    if (statements === undefined) throw new Error(`${origin} is nowhere in the template`);
    const index = /^\d+$/.test(label) ? Number(label) : statements.findIndex(({ Sid }) => Sid === label);
    return { statements, index };
  }

  /** Without these statements. */
  without(origins: readonly string[]): this {
    // From the last on: what is left keeps its place.
    const places = origins.map((origin) => ({ origin, found: this.find(origin) }));
    for (const { origin, found } of places.toSorted((a, b) => (b.found?.index ?? 0) - (a.found?.index ?? 0))) {
      if (found === undefined) delete this.template.Resources[origin];
      else found.statements.splice(found.index, 1);
    }
    return this;
  }

  edges(): ReadonlyMap<string, ProvenEdge['verdict']> {
    return new Map(edgesIn(this.template).map((edge) => [nameOf(edge), edge.verdict]));
  }
}
