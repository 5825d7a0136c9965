import { over, type CfnTemplate, type Excess } from './limit';

const SPLIT =
  'declare some of the datasets in another folder and deploy them as a second app (-c datasetsDir=… -c stackName=…)';

/** The most resources that one operation may touch in a stack and all that are nested in it. */
const RESOURCES_OF_NESTED = 2500;
/** `Template may not exceed 1000000 bytes in size.` */
const TEMPLATE_BYTES = 1_000_000;

/** What one template may hold. */
export function templateExcesses(template: CfnTemplate, bytes: number): Excess[] {
  const most = (limit: string, what: string, found: number, allowed: number, unit: string, remedy: string) =>
    over({ limit, resource: '', what, found, most: allowed, unit, remedy });
  const { Resources = {}, Parameters = {}, Outputs = {}, Mappings = {} } = template;
  return [
    ...most('stack-resources', 'The stack', Object.keys(Resources).length, 500, 'resources', SPLIT),
    ...most('template-size', 'The template', bytes, TEMPLATE_BYTES, 'bytes', SPLIT),
    ...most('stack-parameters', 'The stack', Object.keys(Parameters).length, 200, 'parameters', 'use fewer'),
    ...most('stack-outputs', 'The stack', Object.keys(Outputs).length, 200, 'outputs', 'use fewer'),
    ...most('stack-mappings', 'The stack', Object.keys(Mappings).length, 200, 'mappings', 'use fewer'),
    ...most(
      'stack-description',
      'The description of the stack',
      Buffer.byteLength(template.Description ?? ''),
      1024,
      'bytes',
      'shorten it',
    ),
    ...Object.entries(Outputs).flatMap(([name, { Description }]) =>
      over({
        limit: 'output-description',
        resource: name,
        what: 'The description',
        found: typeof Description === 'string' ? Buffer.byteLength(Description) : 0,
        most: 1024,
        unit: 'bytes',
        remedy: 'shorten it',
      }),
    ),
    ...Object.keys(Resources).flatMap((id) =>
      over({
        limit: 'logical-id',
        resource: id,
        what: 'The logical id',
        found: id.length,
        most: 255,
        unit: 'characters',
        remedy: 'shorten the ids of the constructs around it',
      }),
    ),
  ];
}

/** What a stack may hold with the stacks that are nested in it. */
export function nestedExcesses(stack: string, resources: number): Excess[] {
  return over({
    limit: 'nested-resources',
    resource: stack,
    what: 'The stack and those nested in it',
    found: resources,
    most: RESOURCES_OF_NESTED,
    unit: 'resources',
    remedy: SPLIT,
  });
}
