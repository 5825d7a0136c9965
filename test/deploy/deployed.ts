import { REGION } from './emulator';

/** What the deployment made, as CloudFormation names it. */
export interface Deployed {
  readonly ledger: string;
  readonly lake: string;
  readonly partitionRun: string;
  readonly slackSecret: string;
}

interface Resource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

/** Asks CloudFormation for the stack's resources and picks the ones that the test looks into. */
export async function deployed(endpoint: string, stack: string): Promise<Deployed> {
  const resources = await stackResources(endpoint, stack);
  const the = (type: string, name: RegExp) => {
    const found = resources.filter((resource) => resource.type === type && name.test(resource.logicalId));
    if (found.length !== 1 || found[0] === undefined) {
      const ids = resources.filter((resource) => resource.type === type).map((resource) => resource.logicalId);
      throw new Error(
        `${stack}: expected one ${type} like ${name}, found ${found.length} among ${ids.join(', ') || 'none'}`,
      );
    }
    return found[0].physicalId;
  };
  return {
    ledger: the('AWS::S3::Bucket', /ledger/i),
    lake: the('AWS::S3::Bucket', /lake/i),
    partitionRun: the('AWS::StepFunctions::StateMachine', /partitionrun/i),
    slackSecret: the('AWS::SecretsManager::Secret', /slack/i),
  };
}

/** `DescribeStackResources` by hand: the project has no CloudFormation client, and the emulator does not check signatures. */
async function stackResources(endpoint: string, stack: string): Promise<Resource[]> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      Authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/cloudformation/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({ Action: 'DescribeStackResources', Version: '2010-05-15', StackName: stack }),
  });
  const xml = await response.text();
  if (!response.ok) throw new Error(`DescribeStackResources ${stack}: ${response.status} ${xml}`);
  return [...xml.matchAll(/<member>(.*?)<\/member>/gs)].map(([, member = '']) => ({
    logicalId: element(member, 'LogicalResourceId'),
    physicalId: element(member, 'PhysicalResourceId'),
    type: element(member, 'ResourceType'),
  }));
}

function element(xml: string, name: string): string {
  return new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xml)?.[1] ?? '';
}
