/** The part of a CloudFormation template that a picture shows. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}
export type Resources = Readonly<Record<string, Resource>>;

/** A member of a value of which nothing is known; undefined where there is none. */
export function member(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (of, name) =>
      typeof of === 'object' && of !== null && Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined,
    value,
  );
}

/** What may be one or several, as a list. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

/** A value as text: a reference to another resource is `${<logical id>}`, what CloudFormation alone knows a `*`. */
export function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const [separator, parts] = listOf(member(value, 'Fn::Join'));
  if (separator !== undefined) return listOf(parts).map(flat).join(String(separator));
  const id = member(value, 'Ref') ?? listOf(member(value, 'Fn::GetAtt'))[0];
  return typeof id === 'string' && !id.startsWith('AWS::') ? `\${${id}}` : '*';
}

/** The logical ids that a text of {@link flat} refers to. */
export function referredTo(text: string): string[] {
  return [...text.matchAll(/\$\{(\w+)\}/g)].map(([, id = '']) => id);
}

/** A resource's path in the tree of constructs, without the stack and without the parts that CDK adds. */
export function pathOf({ Metadata }: Resource): string {
  const [, ...parts] = String(member(Metadata, 'aws:cdk:path') ?? '').split('/');
  return parts.filter((part) => part !== 'Resource' && part !== 'StateMachine').join('/');
}

/** What a role allows, as pairs of actions and resources. */
export function allowedTo(resources: Resources, role: unknown): { readonly action: string; readonly on: string }[] {
  const [id] = referredTo(flat(role));
  return Object.values(resources)
    .filter(({ Type, Properties }) => Type === 'AWS::IAM::Policy' && rolesOf(Properties).includes(id ?? ''))
    .flatMap(({ Properties }) => listOf(member(Properties, 'PolicyDocument', 'Statement')))
    .flatMap((statement) =>
      listOf(member(statement, 'Action')).flatMap((action) =>
        listOf(member(statement, 'Resource')).map((on) => ({ action: String(action), on: flat(on) })),
      ),
    );
}

const rolesOf = (properties: unknown) => listOf(member(properties, 'Roles')).flatMap((role) => referredTo(flat(role)));
