/** A resource of a CloudFormation template. */
export interface CfnResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

export interface CfnTemplate {
  readonly Resources?: Readonly<Record<string, CfnResource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: unknown } }>
  >;
}

/** A template says something that the local world can't work out. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

export interface Place {
  readonly account: string;
  readonly region: string;
}

/** The type of a resource decides what its Ref and its attributes are; these give them local, repeatable values. */
const NAME_PROPERTY: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Scheduler::ScheduleGroup': 'Name',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
};

const ARN: Readonly<Record<string, (name: string, place: Place) => string>> = {
  'AWS::S3::Bucket': (name) => `arn:aws:s3:::${name}`,
  'AWS::Lambda::Function': (name, { region, account }) => `arn:aws:lambda:${region}:${account}:function:${name}`,
  'AWS::StepFunctions::StateMachine': (name, { region, account }) =>
    `arn:aws:states:${region}:${account}:stateMachine:${name}`,
  'AWS::IAM::Role': (name, { account }) => `arn:aws:iam::${account}:role/${name}`,
  'AWS::SNS::Topic': (name, { region, account }) => `arn:aws:sns:${region}:${account}:${name}`,
  'AWS::SQS::Queue': (name, { region, account }) => `arn:aws:sqs:${region}:${account}:${name}`,
  'AWS::Logs::LogGroup': (name, { region, account }) => `arn:aws:logs:${region}:${account}:log-group:${name}:*`,
  'AWS::SecretsManager::Secret': (name, { region, account }) =>
    `arn:aws:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`,
  'AWS::Events::Rule': (name, { region, account }) => `arn:aws:events:${region}:${account}:rule/${name}`,
  'AWS::Scheduler::Schedule': (name, { region, account }) =>
    `arn:aws:scheduler:${region}:${account}:schedule/default/${name}`,
  'AWS::Scheduler::ScheduleGroup': (name, { region, account }) =>
    `arn:aws:scheduler:${region}:${account}:schedule-group/${name}`,
  'AWS::CloudWatch::Alarm': (name, { region, account }) => `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`,
  'AWS::KMS::Key': (name, { region, account }) => `arn:aws:kms:${region}:${account}:key/${name}`,
};

/** Types whose Ref is their ARN; of the others it is the name. */
const REF_IS_ARN = new Set(['AWS::StepFunctions::StateMachine', 'AWS::SNS::Topic', 'AWS::SecretsManager::Secret']);

/** Resolves one stack's intrinsic functions to local values. */
export class Resolver {
  constructor(
    readonly stack: string,
    readonly template: CfnTemplate,
    readonly place: Place,
    readonly imports: (name: string) => unknown = (name) => {
      throw new TemplateError(`Nothing exports ${name}`);
    },
  ) {}

  /** The value with every intrinsic function in it resolved; TemplateError on one that isn't known. */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item)).filter((item) => item !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [];
    if (
      entries.length === 1 &&
      name !== undefined &&
      (name === 'Ref' || name === 'Condition' || name.startsWith('Fn::'))
    ) {
      if (name !== 'Condition' || typeof argument === 'string') return this.#intrinsic(name, argument);
    }
    const resolved = entries.map(([key, inner]) => [key, this.resolve(inner)] as const);
    return Object.fromEntries(resolved.filter(([, inner]) => inner !== undefined));
  }

  /** Resolved, and a string; TemplateError where it is not. */
  text(value: unknown, what: string): string {
    const resolved = this.resolve(value);
    if (typeof resolved !== 'string')
      throw new TemplateError(`${this.stack}: ${what} is not a string: ${JSON.stringify(resolved)}`);
    return resolved;
  }

  /** The physical name of a resource: the one it asks for, else one made from stack and logical id. */
  nameOf(logicalId: string): string {
    const resource = this.#resource(logicalId);
    const property = NAME_PROPERTY[resource.Type];
    const wanted = property === undefined ? undefined : resource.Properties?.[property];
    if (wanted !== undefined) return this.text(wanted, `${logicalId}.${property ?? ''}`);
    const name = `${this.stack}-${logicalId}`;
    if (resource.Type === 'AWS::S3::Bucket') return shorten(`${name.toLowerCase()}-${this.place.account}`, 63);
    return shorten(name, resource.Type === 'AWS::SQS::Queue' ? 80 : 64);
  }

  /** The ARN of a resource; TemplateError for a type that has none here. */
  arnOf(logicalId: string): string {
    const { Type: type } = this.#resource(logicalId);
    const arn = ARN[type];
    if (arn === undefined)
      throw new TemplateError(`${this.stack}: the ARN of a ${type} (${logicalId}) has no local value`);
    return arn(this.nameOf(logicalId), this.place);
  }

  condition(name: string): boolean {
    const condition = this.template.Conditions?.[name];
    if (condition === undefined) throw new TemplateError(`${this.stack}: no condition ${name}`);
    return this.resolve(condition) === true;
  }

  #resource(logicalId: string): CfnResource {
    const resource = this.template.Resources?.[logicalId];
    if (resource === undefined) throw new TemplateError(`${this.stack}: no resource ${logicalId}`);
    return resource;
  }

  #intrinsic(name: string, argument: unknown): unknown {
    const list = (): unknown[] => {
      if (!Array.isArray(argument))
        throw new TemplateError(`${this.stack}: ${name} takes a list: ${JSON.stringify(argument)}`);
      return argument;
    };
    switch (name) {
      case 'Ref':
        return this.#ref(String(argument));
      case 'Condition':
        return this.condition(String(argument));
      case 'Fn::GetAtt': {
        const [id = '', ...attribute] = typeof argument === 'string' ? argument.split('.') : list().map(String);
        return this.#attribute(id, attribute.join('.'));
      }
      case 'Fn::Join': {
        const [separator, parts] = list();
        return (this.resolve(parts) as unknown[]).map(String).join(String(separator));
      }
      case 'Fn::Sub':
        return this.#substitute(argument);
      case 'Fn::Select': {
        const [index, items] = list().map((item) => this.resolve(item));
        return (items as unknown[])[Number(index)];
      }
      case 'Fn::Split': {
        const [separator, text] = list().map((item) => this.resolve(item));
        return String(text).split(String(separator));
      }
      case 'Fn::If': {
        const [condition, yes, no] = list();
        return this.resolve(this.condition(String(condition)) ? yes : no);
      }
      case 'Fn::Equals': {
        const [left, right] = list().map((item) => this.resolve(item));
        return left === right;
      }
      case 'Fn::Not':
        return this.resolve(list()[0]) !== true;
      case 'Fn::And':
        return list().every((item) => this.resolve(item) === true);
      case 'Fn::Or':
        return list().some((item) => this.resolve(item) === true);
      case 'Fn::FindInMap': {
        const [map, top, second] = list().map((item) => String(this.resolve(item)));
        return this.template.Mappings?.[map ?? '']?.[top ?? '']?.[second ?? ''];
      }
      case 'Fn::Base64':
        return Buffer.from(this.text(argument, name)).toString('base64');
      case 'Fn::GetAZs':
        return ['a', 'b', 'c'].map((zone) => this.place.region + zone);
      case 'Fn::ImportValue':
        return this.imports(this.text(argument, name));
      default:
        throw new TemplateError(
          `${this.stack}: intrinsic function ${name} has no local meaning: ${JSON.stringify(argument)}`,
        );
    }
  }

  #ref(id: string): unknown {
    const { account, region } = this.place;
    switch (id) {
      case 'AWS::AccountId':
        return account;
      case 'AWS::Region':
        return region;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return this.stack;
      case 'AWS::StackId':
        return `arn:aws:cloudformation:${region}:${account}:stack/${this.stack}/local`;
      case 'AWS::NotificationARNs':
        return [];
      case 'AWS::NoValue':
        return undefined;
    }
    const parameter = this.template.Parameters?.[id];
    if (parameter !== undefined) {
      if (parameter.Default === undefined) throw new TemplateError(`${this.stack}: parameter ${id} has no default`);
      return parameter.Default;
    }
    const { Type: type, Properties: properties } = this.#resource(id);
    if (type === 'AWS::Lambda::Version')
      return `${this.text(properties?.['FunctionName'], `${id}.FunctionName`).replace(/^(?!arn:)/, this.#functionArn(''))}:1`;
    if (type === 'AWS::Lambda::Alias')
      return `${this.#functionArn(this.text(properties?.['FunctionName'], id))}:${this.text(properties?.['Name'], id)}`;
    if (type === 'AWS::SQS::Queue') return `https://sqs.${region}.amazonaws.com/${account}/${this.nameOf(id)}`;
    return REF_IS_ARN.has(type) ? this.arnOf(id) : this.nameOf(id);
  }

  #functionArn(name: string): string {
    return name.startsWith('arn:')
      ? name
      : `arn:aws:lambda:${this.place.region}:${this.place.account}:function:${name}`;
  }

  #attribute(id: string, attribute: string): unknown {
    const { Type: type } = this.#resource(id);
    if (attribute === 'Arn' || attribute === 'TopicArn') return this.arnOf(id);
    if (attribute === 'Name' || attribute === 'QueueName' || attribute === 'TopicName' || attribute === 'RoleName')
      return this.nameOf(id);
    if (type === 'AWS::Lambda::Version' && attribute === 'Version') return '1';
    if (type === 'AWS::S3::Bucket' && attribute.endsWith('DomainName')) return `${this.nameOf(id)}.s3.amazonaws.com`;
    if (type === 'AWS::StepFunctions::StateMachine' && attribute === 'StateMachineRevisionId') return '1';
    throw new TemplateError(`${this.stack}: attribute ${attribute} of a ${type} (${id}) has no local value`);
  }

  #substitute(argument: unknown): string {
    const [text, variables] = Array.isArray(argument)
      ? (argument as [string, Record<string, unknown>])
      : [String(argument), {}];
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`;
      if (Object.hasOwn(variables, name)) return this.text(variables[name], name);
      return String(name.includes('.') ? this.#intrinsic('Fn::GetAtt', name) : this.#ref(name));
    });
  }
}

/** Keeps the end, where CDK puts what makes a logical id unique. */
function shorten(name: string, limit: number): string {
  return name.length <= limit ? name : `${name.slice(0, limit - 25)}-${name.slice(-24)}`.replace(/--+/g, '-');
}
