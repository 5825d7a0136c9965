import { Match } from 'aws-cdk-lib/assertions';
import { parseEnvironment } from '../../../core/contracts/environment';
import {
  FUNCTION_NAMES,
  functionTable,
  labelOf,
  type EnvironmentVariables,
} from '../../../core/contracts/function-table';
import { functionSpecs } from '../../../lib/functions/function-specs';
import { parseAppSettings } from '../../../lib/app-settings';
import { synthesize, text } from '../synthesize';

const app = synthesize();

describe.each(FUNCTION_NAMES)('%s', (name) => {
  const { Properties } = app.function(labelOf(name));

  test('gets every variable that its contract names', () => {
    const variables = Object.entries(Properties['Environment'].Variables as Record<string, unknown>);
    const resolved = (value: unknown) => text(value).replace('<AWS::AccountId>', '123456789012');
    const environment = Object.fromEntries(variables.map(([key, value]) => [key, resolved(value)]));
    expect(() => parseEnvironment(name, functionTable[name].environment, environment)).not.toThrow();
    const { NODE_OPTIONS, ...ofContract } = environment;
    expect(Object.keys(ofContract).sort()).toEqual(Object.keys(functionTable[name].environment.shape).sort());
    expect(NODE_OPTIONS).toBe('--enable-source-maps');
  });

  test('runs on Node 24 and arm64, logs JSON for as long as is set, and is traced', () => {
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'INFO' },
    });
    expect(Properties['ReservedConcurrentExecutions']).toBeUndefined();
    const logs = app.resource('AWS::Logs::LogGroup', new RegExp(`^Functions${labelOf(name)}Logs`));
    expect(logs.Properties['RetentionInDays']).toBe(90);
  });
});

test('a variable that is missing does not compile', () => {
  const base = {
    ACCOUNT_ID: '1',
    LEDGER_BUCKET: 'b',
    CODE_VERSION: 'c',
    LOG_LEVEL: 'INFO',
    POWERTOOLS_SERVICE_NAME: 's',
  };
  // @ts-expect-error BATCH_BYTES is missing
  const environment: EnvironmentVariables<'load-partition'> = base;
  expect(environment).not.toHaveProperty('BATCH_BYTES');
});

test('the memory that the manifest computes costs with is the memory that the functions have', () => {
  const variable = app.function('RecordRun').Properties['Environment'].Variables.FUNCTION_MEMORY_MB as string;
  const actual = FUNCTION_NAMES.map((name) => [name, app.function(labelOf(name)).Properties['MemorySize'] as number]);
  expect(JSON.parse(variable)).toEqual(Object.fromEntries(actual));
});

describe('the functions with DuckDB', () => {
  const steps = ['ValidateBatch', 'ProcessBatch', 'CheckPartition'];

  test('share one asset, which no other function has', () => {
    const keyOf = (step: string) => app.function(step).Properties['Code'].S3Key as string;
    expect(new Set(steps.map(keyOf)).size).toBe(1);
    const others = FUNCTION_NAMES.map(labelOf).filter((step) => !steps.includes(step));
    expect(others.map(keyOf)).not.toContain(keyOf('ValidateBatch'));
    expect(new Set(others.map(keyOf)).size).toBe(others.length);
  });

  test.each(steps)('%s has one vCPU, and leaves DuckDB and /tmp the room that was measured', (step) => {
    expect(app.function(step).Properties).toMatchObject({
      MemorySize: 1769,
      Timeout: 900,
      EphemeralStorage: { Size: 2048 },
      // 2,048 MB less 512 × (1 + 0.65): more than the 692 MB that a batch spills.
      Environment: { Variables: { ENGINE_MEMORY_MB: '512', ENGINE_SPILL_MB: '1203' } },
    });
  });

  test('give DuckDB what is added to their memory', () => {
    const { Properties } = synthesize({ settings: { engineMemoryMb: 4096 } }).function('ProcessBatch');
    expect(Properties).toMatchObject({ MemorySize: 4096, Environment: { Variables: { ENGINE_MEMORY_MB: '2839' } } });
  });
});

test('no function may take longer than Lambda allows', () => {
  for (const spec of Object.values(functionSpecs(parseAppSettings({}))))
    expect(spec.timeoutSeconds).toBeLessThanOrEqual(900);
});

describe('the VPC', () => {
  const vpc = { subnetIds: ['subnet-0123456789abcdef0'], securityGroupIds: ['sg-0123456789abcdef0'] };

  test('has CheckDependencies in it and no other function, and none where none is set', () => {
    const inVpc = (all: ReturnType<typeof synthesize>) =>
      FUNCTION_NAMES.map(labelOf).filter((step) => all.function(step).Properties['VpcConfig'] !== undefined);
    expect(inVpc(app)).toEqual([]);
    const placed = synthesize({ settings: { vpc: JSON.stringify(vpc) } });
    expect(inVpc(placed)).toEqual(['CheckDependencies']);
    expect(placed.function('CheckDependencies').Properties['VpcConfig']).toEqual({
      SubnetIds: vpc.subnetIds,
      SecurityGroupIds: vpc.securityGroupIds,
    });
    const policies = Object.entries(placed.template.findResources('AWS::IAM::Policy'));
    const interfaces = policies.filter(([, policy]) => JSON.stringify(policy).includes('ec2:CreateNetworkInterface'));
    expect(interfaces.map(([id]) => id)).toEqual([expect.stringMatching(/^FunctionsCheckDependenciesRole/)]);
  });
});

describe('channels that are topics', () => {
  const topic = 'arn:aws:sns:eu-west-1:123456789012:data-team';
  const channels = JSON.stringify({ ops: topic, data: topic, sales: 'slack' });
  const given = synthesize({ settings: { channels } });

  test('let those publish there who record endings, no others, and nowhere else', () => {
    const publishing = (all: ReturnType<typeof synthesize>) =>
      FUNCTION_NAMES.map(labelOf).flatMap((step) => {
        const policy = all.resource('AWS::IAM::Policy', new RegExp(`^Functions${step}Role`));
        const statements = policy.Properties['PolicyDocument'].Statement as Record<string, unknown>[];
        const topics = statements.filter(({ Action }) => Action === 'sns:Publish').flatMap(({ Resource }) => Resource);
        return topics.map(text).map((arn) => `${step} ${short(arn)}`);
      });
    expect(publishing(app)).toEqual(['Sweep the topic of escalations']);
    expect(publishing(given)).toEqual([
      `RecordRun ${topic}`,
      `ExecutionEnded ${topic}`,
      `Sweep ${topic}`,
      'Sweep the topic of escalations',
    ]);
  });

  test('are in the environment of those functions', () => {
    const { Variables } = given.function('RecordRun').Properties['Environment'];
    expect(Variables.CHANNELS).toBe(channels);
    expect(app.function('RecordRun').Properties['Environment'].Variables.CHANNELS).toBe('{}');
  });
});

describe('grants', () => {
  /** Every statement of a function's role: who may what, in readable form. */
  const statements = (step: string) => {
    const policy = app.resource('AWS::IAM::Policy', new RegExp(`^Functions${step}Role`));
    return (policy.Properties['PolicyDocument'].Statement as Record<string, unknown>[]).map((s) => ({
      actions: [s['Action']].flat() as string[],
      resources: [s['Resource']].flat().map(text),
      condition: s['Condition'],
    }));
  };
  const readable = (step: string) =>
    [
      ...new Set(
        statements(step).flatMap(({ actions, resources }) =>
          actions.flatMap((action) => resources.map((r) => `${action} ${short(r)}`)),
        ),
      ),
    ]
      .filter((line) => !/^(xray|logs):/.test(line))
      .sort();

  const TRACES = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];

  test.each(FUNCTION_NAMES.map(labelOf))('%s may do nothing on everything but write its traces', (step) => {
    for (const { actions, resources } of statements(step)) {
      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
      if (resources.includes('*')) expect([...actions].sort()).toEqual(TRACES);
      // Into its own log group.
      if (actions.some((action) => action.startsWith('logs:')))
        expect(resources).toEqual([expect.stringMatching(new RegExp(`^<Functions${step}Logs`))]);
    }
    // AWS's managed policy for Lambda would allow every log group.
    expect(
      app.resource('AWS::IAM::Role', new RegExp(`^Functions${step}Role`)).Properties['ManagedPolicyArns'],
    ).toBeUndefined();
  });

  test.each([
    [
      'ClaimPartition',
      [
        's3:GetObject ledger/circuits/*',
        's3:GetObject ledger/identities/*',
        's3:GetObject ledger/partitions/*',
        's3:GetObject ledger/runs/*',
        's3:ListBucket ledger',
        's3:PutObject ledger/circuits/*',
        's3:PutObject ledger/identities/*',
        's3:PutObject ledger/partitions/*',
        'states:DescribeExecution executions of Rollcall-PartitionRun',
      ],
    ],
    [
      'CheckDependencies',
      [
        's3:GetObject ledger/plans/*',
        's3:ListBucket finance',
        's3:ListBucket ledger',
        's3:PutObject ledger/plans/*',
        'secretsmanager:GetSecretValue arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:jobs/database-??????',
        'secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:999999999999:secret:vendor-AbCdEf',
      ],
    ],
    [
      'LoadPartition',
      [
        's3:GetObject ledger/partitions/*',
        's3:GetObject ledger/plans/*',
        's3:ListBucket click-stream',
        's3:ListBucket ledger',
        's3:ListBucket orders-replica',
        's3:ListBucket vendor-drop',
        's3:PutObject ledger/plans/*',
      ],
    ],
    [
      'ValidateBatch',
      [
        's3:AbortMultipartUpload lake/data/*',
        's3:AbortMultipartUpload lake/quarantine/*',
        's3:GetObject click-stream/*',
        's3:GetObject lake/data/*',
        's3:GetObject lake/quarantine/*',
        's3:GetObject ledger/plans/*',
        's3:GetObject orders-replica/copy/orders/*',
        's3:GetObject vendor-drop/exports/orders/*',
        's3:ListBucket click-stream',
        's3:ListBucket lake',
        's3:ListBucket ledger',
        's3:ListBucket orders-replica',
        's3:ListBucket vendor-drop',
        's3:PutObject lake/data/*',
        's3:PutObject lake/quarantine/*',
        's3:PutObject ledger/plans/*',
      ],
    ],
    [
      'ProcessBatch',
      [
        's3:AbortMultipartUpload lake/data/*',
        's3:GetObject lake/data/*',
        's3:GetObject ledger/plans/*',
        's3:ListBucket lake',
        's3:ListBucket ledger',
        's3:PutObject lake/data/*',
        's3:PutObject ledger/plans/*',
      ],
    ],
    [
      'CheckPartition',
      [
        's3:GetObject lake/data/*',
        's3:GetObject ledger/partitions/*',
        's3:GetObject ledger/plans/*',
        's3:ListBucket lake',
        's3:ListBucket ledger',
        's3:PutObject ledger/plans/*',
      ],
    ],
    [
      'PublishPartition',
      [
        's3:GetObject lake/data/*',
        's3:GetObject lake/quarantine/*',
        's3:GetObject ledger/partitions/*',
        's3:GetObject ledger/plans/*',
        's3:ListBucket lake',
        's3:ListBucket ledger',
        's3:PutObject ledger/partitions/*',
      ],
    ],
    [
      'RecordRun',
      [
        's3:DeleteObject ledger/outbox/*',
        's3:GetObject lake/data/*',
        's3:GetObject ledger/backfills/*',
        's3:GetObject ledger/circuits/*',
        's3:GetObject ledger/datasets/*',
        's3:GetObject ledger/identities/*',
        's3:GetObject ledger/outbox/*',
        's3:GetObject ledger/partitions/*',
        's3:GetObject ledger/plans/*',
        's3:GetObject ledger/receipts/*',
        's3:GetObject ledger/runs/*',
        's3:GetObject ledger/troubles/*',
        's3:GetObjectVersion ledger/partitions/*',
        's3:ListBucket lake',
        's3:ListBucket ledger',
        's3:ListBucketVersions ledger',
        's3:PutObject ledger/backfills/*',
        's3:PutObject ledger/circuits/*',
        's3:PutObject ledger/identities/*',
        's3:PutObject ledger/outbox/*',
        's3:PutObject ledger/partitions/*',
        's3:PutObject ledger/receipts/*',
        's3:PutObject ledger/restarts/*',
        's3:PutObject ledger/runs/*',
        's3:PutObject ledger/troubles/*',
        'secretsmanager:DescribeSecret the Slack secret',
        'secretsmanager:GetSecretValue the Slack secret',
        'states:DescribeExecution executions of Rollcall-Backfill',
        'states:DescribeExecution executions of Rollcall-PartitionRun',
        'states:GetExecutionHistory executions of Rollcall-Backfill',
        'states:GetExecutionHistory executions of Rollcall-PartitionRun',
      ],
    ],
    [
      'ExecutionEnded',
      [
        's3:DeleteObject ledger/outbox/*',
        's3:GetObject lake/data/*',
        's3:GetObject ledger/backfills/*',
        's3:GetObject ledger/circuits/*',
        's3:GetObject ledger/datasets/*',
        's3:GetObject ledger/identities/*',
        's3:GetObject ledger/outbox/*',
        's3:GetObject ledger/partitions/*',
        's3:GetObject ledger/plans/*',
        's3:GetObject ledger/receipts/*',
        's3:GetObject ledger/runs/*',
        's3:GetObject ledger/troubles/*',
        's3:GetObjectVersion ledger/partitions/*',
        's3:ListBucket lake',
        's3:ListBucket ledger',
        's3:ListBucketVersions ledger',
        's3:PutObject ledger/backfills/*',
        's3:PutObject ledger/circuits/*',
        's3:PutObject ledger/identities/*',
        's3:PutObject ledger/outbox/*',
        's3:PutObject ledger/partitions/*',
        's3:PutObject ledger/receipts/*',
        's3:PutObject ledger/restarts/*',
        's3:PutObject ledger/runs/*',
        's3:PutObject ledger/troubles/*',
        'secretsmanager:DescribeSecret the Slack secret',
        'secretsmanager:GetSecretValue the Slack secret',
        // Endings at which it failed three times.
        'sqs:GetQueueAttributes the queue of endings',
        'sqs:GetQueueUrl the queue of endings',
        'sqs:SendMessage the queue of endings',
        'states:DescribeExecution executions of Rollcall-Backfill',
        'states:DescribeExecution executions of Rollcall-PartitionRun',
        'states:GetExecutionHistory executions of Rollcall-Backfill',
        'states:GetExecutionHistory executions of Rollcall-PartitionRun',
      ],
    ],
    [
      'PlanBackfill',
      [
        's3:GetObject ledger/backfills/*',
        's3:GetObject ledger/partitions/*',
        's3:ListBucket click-stream',
        's3:ListBucket ledger',
        's3:ListBucket vendor-drop',
        's3:PutObject ledger/backfills/*',
        'states:DescribeExecution executions of Rollcall-PartitionRun',
      ],
    ],
    [
      'SummarizeBackfill',
      [
        's3:GetObject ledger/backfills/*',
        's3:GetObject ledger/partitions/*',
        's3:ListBucket ledger',
        's3:PutObject ledger/backfills/*',
      ],
    ],
    [
      'Sweep',
      [
        's3:DeleteObject lake/data/*',
        's3:DeleteObject lake/quarantine/*',
        's3:DeleteObject ledger/outbox/*',
        's3:DeleteObject ledger/restarts/*',
        's3:GetObject lake/data/*',
        's3:GetObject ledger/backfills/*',
        's3:GetObject ledger/circuits/*',
        's3:GetObject ledger/datasets/*',
        's3:GetObject ledger/identities/*',
        's3:GetObject ledger/outbox/*',
        's3:GetObject ledger/partitions/*',
        's3:GetObject ledger/plans/*',
        's3:GetObject ledger/receipts/*',
        's3:GetObject ledger/roll-calls/*',
        's3:GetObject ledger/runs/*',
        's3:GetObject ledger/sweeps/*',
        's3:GetObject ledger/troubles/*',
        's3:GetObject ledger/unlisted/*',
        's3:GetObjectVersion ledger/circuits/*',
        's3:GetObjectVersion ledger/datasets/*',
        's3:GetObjectVersion ledger/partitions/*',
        's3:GetObjectVersion ledger/sweeps/*',
        's3:GetObjectVersion ledger/troubles/*',
        's3:ListBucket lake',
        's3:ListBucket ledger',
        's3:ListBucketVersions ledger',
        's3:PutObject ledger/backfills/*',
        's3:PutObject ledger/circuits/*',
        's3:PutObject ledger/datasets/*',
        's3:PutObject ledger/identities/*',
        's3:PutObject ledger/outbox/*',
        's3:PutObject ledger/partitions/*',
        's3:PutObject ledger/receipts/*',
        's3:PutObject ledger/restarts/*',
        's3:PutObject ledger/roll-calls/*',
        's3:PutObject ledger/runs/*',
        's3:PutObject ledger/sweeps/*',
        's3:PutObject ledger/troubles/*',
        's3:PutObject ledger/unlisted/*',
        'secretsmanager:DescribeSecret the Slack secret',
        'secretsmanager:GetSecretValue the Slack secret',
        'sns:Publish the topic of escalations',
        'states:DescribeExecution executions of Rollcall-Backfill',
        'states:DescribeExecution executions of Rollcall-PartitionRun',
        'states:GetExecutionHistory executions of Rollcall-Backfill',
        'states:GetExecutionHistory executions of Rollcall-PartitionRun',
        'states:ListExecutions the machine Rollcall-Backfill',
        'states:ListExecutions the machine Rollcall-PartitionRun',
        'states:StartExecution the machine Rollcall-Backfill',
        'states:StartExecution the machine Rollcall-PartitionRun',
      ],
    ],
  ])('%s may do exactly this', (step, expected) => {
    expect(readable(step)).toEqual(expected);
  });

  test('a source is listed under its declared prefixes and its root, and of the folders above them the names only', () => {
    const conditions = statements('LoadPartition').flatMap(({ condition }) =>
      condition === undefined ? [] : [condition],
    );
    // click-stream has its partitions at the top, so everything in it.
    expect(conditions).toEqual([
      { StringLike: { 's3:prefix': 'exports/orders/*' } },
      { StringLike: { 's3:prefix': 'copy/orders/*' } },
      // Names of the folders above them, to say what there is where nothing lies.
      { StringLike: { 's3:prefix': ['', 'exports/'] }, StringEquals: { 's3:delimiter': '/' } },
      { StringLike: { 's3:prefix': ['', 'copy/'] }, StringEquals: { 's3:delimiter': '/' } },
    ]);
  });

  test('a fallback is listed and read by a run, and never by a plan of a backfill', () => {
    const linesOf = (step: string) => readable(step).filter((line) => line.includes('orders-replica'));
    expect(linesOf('LoadPartition')).toEqual(['s3:ListBucket orders-replica']);
    expect(linesOf('ValidateBatch')).toEqual([
      's3:GetObject orders-replica/copy/orders/*',
      's3:ListBucket orders-replica',
    ]);
    expect(FUNCTION_NAMES.map(labelOf).filter((step) => linesOf(step).length > 0)).toEqual([
      'LoadPartition',
      'ValidateBatch',
    ]);
  });

  test('a dependency of S3 is listed under its declared key or prefix only', () => {
    const conditions = statements('CheckDependencies').flatMap(({ condition }) => (condition ? [condition] : []));
    expect(conditions).toEqual([{ StringLike: { 's3:prefix': ['closed/????/', 'rates/????/??-??T??.csv'] } }]);
  });

  test('a function that reads a source object may list too, for a vanished object must answer 404 and not 403', () => {
    const conditions = statements('ValidateBatch').flatMap(({ condition }) =>
      condition === undefined ? [] : [condition],
    );
    expect(conditions).toContainEqual({ StringLikeIfExists: { 's3:prefix': 'exports/orders/*' } });
  });

  test('keys of source buckets may be decrypted with, through S3 only, and only where they are named', () => {
    const arn = 'arn:aws:kms:eu-west-1:111122223333:key/0123-abc';
    const withKey = synthesize({ settings: { sourceKeyArns: arn } });
    withKey.template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Action: 'kms:Decrypt',
            Effect: 'Allow',
            Resource: arn,
            Condition: { StringLike: { 'kms:ViaService': 's3.*.amazonaws.com' } },
          },
        ]),
      },
    });
    expect(
      FUNCTION_NAMES.map(labelOf)

        .flatMap(readable)
        .filter((line) => line.startsWith('kms:')),
    ).toEqual([]);
  });

  test('secrets under keys of their own may be decrypted, through Secrets Manager only, and only by who reads them', () => {
    const arn = 'arn:aws:kms:eu-west-1:111122223333:key/0123-abc';
    const policies = Object.entries(
      synthesize({ settings: { secretKeyArns: arn } }).template.findResources('AWS::IAM::Policy'),
    );
    const allowed = policies.filter(([, policy]) => JSON.stringify(policy).includes('kms:Decrypt'));
    expect(allowed.map(([id]) => id)).toEqual([expect.stringMatching(/^FunctionsCheckDependenciesRole/)]);
    expect(JSON.stringify(allowed)).toContain('"kms:ViaService":"secretsmanager.*.amazonaws.com"');
  });
});

/** Names instead of logical ids. */
function short(arn: string): string {
  return arn
    .replace(/<StorageLedger[^.]*\.Arn>/, 'ledger')
    .replace(/<StorageLake[^.]*\.Arn>/, 'lake')
    .replace(/<SlackSecret[^>]*>/, 'the Slack secret')
    .replace(/^arn:<AWS::Partition>:s3:::/, '')
    .replace(/^arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:(.*):\*$/, 'executions of $1')
    .replace(/^arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:(.*)$/, 'the machine $1')
    .replace(/^<NetsEndingLetters[^>]*>$/, 'the queue of endings')
    .replace(/^<Escalations[^>]*>$/, 'the topic of escalations');
}
