import { edgesOf, isProven } from '../../edges/check';
import { lineOf } from '../../edges/edge-lines';
import { policyCharacters } from '../../lib/limits/policy-limits';
import { excessesOf } from '../../lib/limits/plugin';
import { nestedExcesses } from '../../lib/limits/template-limits';
import type { CfnResource, CfnTemplate } from '../../lib/limits/limit';
import { readAssembly, readTemplates } from '../../local/template/template';
import { assemble, type Assembled, synthesize } from '../kit/template';
import { longBucket, longRoot, manyDatasets } from '../kit/datasets';

// CDK's own validation of a template takes five seconds and knows none of this.
process.env['CDK_VALIDATION'] = 'false';

const BYTES = 1000;
const limitsOf = (template: CfnTemplate, bytes = BYTES) => excessesOf(template, bytes).map(({ limit }) => limit);
const text = (length: number) => 'x'.repeat(length);
const one = (Type: string, Properties: Record<string, unknown>): CfnTemplate => ({
  Resources: { It: { Type, Properties } },
});
const many = (count: number, resource: CfnResource) =>
  Object.fromEntries(Array.from({ length: count }, (_unused, i) => [`R${i}`, resource]));
const TOPIC = { Type: 'AWS::SNS::Topic' };

/** A policy document with so many characters that are no white space. */
function documentOf(characters: number): unknown {
  const document = (resource: string) => ({
    Version: '2012-10-17',
    Statement: [{ Action: 's3:GetObject', Effect: 'Allow', Resource: resource }],
  });
  return document(text(characters - policyCharacters(document(''))));
}
const role = (properties: Record<string, unknown> = {}) => ({ Type: 'AWS::IAM::Role', Properties: properties });
const policy = (Type: string, characters: number) => ({
  Type,
  Properties: { PolicyDocument: documentOf(characters), Roles: [{ Ref: 'Role' }] },
});

describe('what AWS would refuse is refused at synth:', () => {
  test.each<[limit: string, atLimit: CfnTemplate, over: CfnTemplate]>([
    ['stack-resources', { Resources: many(500, TOPIC) }, { Resources: many(501, TOPIC) }],
    ['stack-parameters', { Parameters: many(200, TOPIC) }, { Parameters: many(201, TOPIC) }],
    ['stack-outputs', { Outputs: many(200, TOPIC) as never }, { Outputs: many(201, TOPIC) as never }],
    ['stack-mappings', { Mappings: many(200, TOPIC) }, { Mappings: many(201, TOPIC) }],
    ['stack-description', { Description: text(1024) }, { Description: text(1025) }],
    [
      'output-description',
      { Outputs: { O: { Description: text(1024) } } },
      { Outputs: { O: { Description: text(1025) } } },
    ],
    ['logical-id', { Resources: { [text(255)]: TOPIC } }, { Resources: { [text(256)]: TOPIC } }],
    [
      'managed-policy-size',
      { Resources: { Role: role(), P: policy('AWS::IAM::ManagedPolicy', 6144) } },
      { Resources: { Role: role(), P: policy('AWS::IAM::ManagedPolicy', 6145) } },
    ],
    [
      'inline-policies-size',
      { Resources: { Role: role(), P: policy('AWS::IAM::Policy', 10_000), Q: policy('AWS::IAM::Policy', 240) } },
      { Resources: { Role: role(), P: policy('AWS::IAM::Policy', 10_000), Q: policy('AWS::IAM::Policy', 241) } },
    ],
    [
      'inline-policies-size',
      { Resources: { Role: role({ Policies: [{ PolicyDocument: documentOf(10_240) }] }) } },
      { Resources: { Role: role({ Policies: [{ PolicyDocument: documentOf(10_241) }] }) } },
    ],
    [
      'policies-per-role',
      { Resources: { Role: role(), ...many(10, policy('AWS::IAM::ManagedPolicy', 200)) } },
      { Resources: { Role: role({ ManagedPolicyArns: ['a'] }), ...many(10, policy('AWS::IAM::ManagedPolicy', 200)) } },
    ],
    [
      'trust-policy-size',
      { Resources: { Role: role({ AssumeRolePolicyDocument: documentOf(2048) }) } },
      { Resources: { Role: role({ AssumeRolePolicyDocument: documentOf(2049) }) } },
    ],
    [
      'policy-characters',
      one('AWS::IAM::Policy', { PolicyDocument: { Statement: [{ Resource: 'arn:aws:s3:::données/*' }] }, Roles: [] }),
      one('AWS::IAM::Policy', { PolicyDocument: { Statement: [{ Resource: 'arn:aws:s3:::数据/*' }] }, Roles: [] }),
    ],
    ...(
      [
        ['AWS::S3::BucketPolicy', 20_480],
        ['AWS::SQS::QueuePolicy', 8192],
        ['AWS::SNS::TopicPolicy', 30_720],
      ] as const
    ).map(([type, most]): [string, CfnTemplate, CfnTemplate] => [
      'resource-policy-size',
      one(type, { PolicyDocument: documentOf(most) }),
      one(type, { PolicyDocument: documentOf(most + 1) }),
    ]),
    [
      'resource-policy-size',
      { Resources: many(40, { Type: 'AWS::Lambda::Permission', Properties: { FunctionName: { Ref: 'F' } } }) },
      { Resources: many(60, { Type: 'AWS::Lambda::Permission', Properties: { FunctionName: { Ref: 'F' } } }) },
    ],
    [
      'lambda-function-variables',
      one('AWS::Lambda::Function', { Environment: { Variables: { A: text(4096 - 8) } } }),
      one('AWS::Lambda::Function', { Environment: { Variables: { A: text(4096 - 7) } } }),
    ],
    [
      'lambda-function-description',
      one('AWS::Lambda::Function', { Description: text(256) }),
      one('AWS::Lambda::Function', { Description: text(257) }),
    ],
    [
      'stepfunctions-statemachine-definitionstring',
      one('AWS::StepFunctions::StateMachine', { DefinitionString: text(1024 * 1024) }),
      one('AWS::StepFunctions::StateMachine', { DefinitionString: { 'Fn::Join': ['', [text(1024 * 1024), 'x']] } }),
    ],
    [
      'stepfunctions-statemachine-statemachinename',
      one('AWS::StepFunctions::StateMachine', { StateMachineName: text(80) }),
      one('AWS::StepFunctions::StateMachine', { StateMachineName: text(81) }),
    ],
    [
      'scheduler-schedule-input',
      one('AWS::Scheduler::Schedule', { Target: { Input: text(262_144) } }),
      one('AWS::Scheduler::Schedule', { Target: { Input: text(262_145) } }),
    ],
    [
      'events-rule-targets',
      one('AWS::Events::Rule', { Targets: [1, 2, 3, 4, 5] }),
      one('AWS::Events::Rule', { Targets: [1, 2, 3, 4, 5, 6] }),
    ],
  ])('%s', (limit, atLimit, over) => {
    expect(limitsOf(atLimit)).toEqual([]);
    expect(limitsOf(over)).toEqual([limit]);
  });

  test('a template of more than a million bytes, and more than 2,500 resources in nested stacks', () => {
    expect([limitsOf({}, 1_000_000), limitsOf({}, 1_000_001)]).toEqual([[], ['template-size']]);
    expect([nestedExcesses('S', 2500), nestedExcesses('S', 2501)].map(({ length }) => length)).toEqual([0, 1]);
  });

  test('what CloudFormation fills in counts at its longest', () => {
    const statement = (Resource: unknown) => ({ Statement: [{ Resource }] });
    const arn = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', { Ref: 'Bucket' }]] };
    expect(policyCharacters(statement(arn))).toBe(policyCharacters(statement(`arn:aws-us-gov:s3:::${text(140)}`)));
    expect(policyCharacters(statement({ 'Fn::If': ['C', 'short', 'longer'] }))).toBe(
      policyCharacters(statement('longer')),
    );
    expect(policyCharacters(statement({ 'Fn::Sub': '${AWS::AccountId}-${!x}' }))).toBe(
      policyCharacters(statement('111122223333-${x}')),
    );
    expect(policyCharacters(statement([{ Ref: 'AWS::NoValue' }, 'a']))).toBe(policyCharacters(statement(['a'])));
  });

  test('one sentence names the limit, the resource, its value and what to do', () => {
    const template = { Resources: { Role: role(), ReaderPolicy3: policy('AWS::IAM::ManagedPolicy', 7012) } };
    expect(excessesOf(template, BYTES).map(({ sentence }) => sentence)).toEqual([
      'The managed policy of ReaderPolicy3: 7,012 characters, AWS allows 6,144; its one statement has to be split',
    ]);
  });
});

/** The statements of a synthesized app that allow something on buckets that are not its own: `list bucket pattern`, `read bucket/key`. */
function outsideGrants({ templates }: Assembled): string[] {
  const lines = templates.flatMap(({ template }) =>
    Object.entries(template.Resources ?? {}).flatMap(([id, { Type, Properties }]) => {
      const document = Properties?.['PolicyDocument'];
      if (!/^AWS::IAM::(Managed)?Policy$/.test(Type) || !id.startsWith('FunctionsValidateBatch')) return [];
      return (document as { Statement: Record<string, unknown>[] }).Statement.flatMap((statement) => {
        const resources = [statement['Resource']].flat().map((arn) => JSON.stringify(arn));
        const names = resources.flatMap((arn) => /:s3:::(vendor[^"]*)/.exec(arn)?.[1] ?? []);
        const condition = statement['Condition'] as Record<string, Record<string, string | string[]>> | undefined;
        const prefixes = [condition?.['StringLikeIfExists']?.['s3:prefix'] ?? '*'].flat();
        return statement['Action'] === 's3:GetObject'
          ? names.map((name) => `read ${name}`)
          : names.flatMap((name) => prefixes.map((prefix) => `list ${name} ${prefix}`));
      });
    }),
  );
  return lines.sort();
}

describe('300 datasets with prefixes of 60 characters in one bucket', () => {
  const datasets = manyDatasets({ count: 300 });
  const app = assemble(datasets);

  test('pass every limit, in the stack and in each nested one', () => {
    expect(app.templates.flatMap(({ template, bytes }) => excessesOf(template, bytes))).toEqual([]);
    expect(app.templates).toHaveLength(1 + 8);
  });

  test('are granted exactly what they declare, and nothing is said', () => {
    expect(app.infos).toEqual([]);
    const roots = datasets.map((_unused, i) => `${longRoot(i)}*`);
    expect(outsideGrants(app)).toEqual(
      [...roots.map((root) => `list vendor-drop ${root}`), ...roots.map((root) => `read vendor-drop/${root}`)].sort(),
    );
  });

  test('have a schedule each, which the local world finds in the nested stacks and which starts PartitionRun', () => {
    const { schedules, machines } = readAssembly(app.directory);
    const machine = machines.find(({ name }) => name === 'Rollcall-PartitionRun');
    const started = schedules.filter(({ targetArn }) => targetArn === machine?.arn);
    expect(started.map(({ input }) => (JSON.parse(input) as { dataset: string }).dataset).sort()).toEqual(
      datasets.map(({ name }) => name),
    );
  });

  test('are started by schedules that are allowed to, wherever these are', () => {
    const edges = edgesOf(readTemplates(app.directory));
    expect(edges.filter((edge) => !isProven(edge)).map(lineOf)).toEqual([]);
    const ofRuns = edges.filter(({ kind, to }) => kind === 'schedule target' && to.startsWith('PartitionRun'));
    expect(ofRuns).toHaveLength(datasets.length);
  });

  test('leave the variables of the functions as they are with two', () => {
    const variables = (template: CfnTemplate) =>
      Object.values(template.Resources ?? {})
        .filter(({ Type }) => Type === 'AWS::Lambda::Function')
        .map(({ Properties }) => JSON.stringify(Properties?.['Environment']).length);
    const few = synthesize({ datasets: datasets.slice(0, 2) }).template.toJSON() as CfnTemplate;
    expect(variables(app.templates[0]!.template)).toEqual(variables(few));
  });
});

test('150 datasets with a bucket each pass every limit; what is wider is listing in some of them, and one line says so for each', () => {
  const datasets = manyDatasets({ count: 150, bucket: longBucket });
  const app = assemble(datasets);
  expect(app.templates.flatMap(({ template, bytes }) => excessesOf(template, bytes))).toEqual([]);
  const grants = outsideGrants(app);
  expect(grants.filter((line) => line.startsWith('read '))).toEqual(
    datasets.map((_unused, i) => `read ${longBucket(i)}/${longRoot(i)}*`),
  );
  const wide = grants.filter((line) => line.endsWith(' *')).map((line) => line.split(' ')[1]);
  expect(wide.length).toBeGreaterThan(0);
  expect(
    app.infos.map((line) => /^The bucket (\S+) is open wider than .*ValidateBatch may list everything/.exec(line)?.[1]),
  ).toEqual(wide);
});

test('more buckets than a role can name are refused in one sentence that names the role, the number and what to do', () => {
  expect(() => assemble(manyDatasets({ count: 400, bucket: longBucket }))).toThrow(
    /The managed policies of FunctionsValidateBatchRole\w+: \d+ of them on one role, AWS allows 10; declare fewer source buckets/,
  );
});
