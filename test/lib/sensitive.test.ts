import { Match } from 'aws-cdk-lib/assertions';
import { dataset } from '../kit/datasets';
import { synthesize } from '../kit/template';

const plain = dataset();
const people = dataset({ columns: { id: { type: 'string' }, email: { type: 'string', sensitive: true } } });
const keyOf = (app: ReturnType<typeof synthesize>): string | undefined =>
  Object.keys(app.resources('AWS::SecretsManager::Secret')).find((id) => id.startsWith('SampleKey'));

test('where a column is sensitive, there is a key that is written nowhere, and ValidateBatch alone may read it', () => {
  const app = synthesize({ datasets: [people] });
  const key = keyOf(app);
  app.template.hasResourceProperties('AWS::SecretsManager::Secret', {
    GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
  });
  expect(app.function('ValidateBatch').Properties['Environment'].Variables.SAMPLE_KEY_SECRET_ARN).toEqual({ Ref: key });
  const readers = Object.entries(app.resources('AWS::IAM::Policy')).filter(([, policy]) =>
    JSON.stringify(policy.Properties['PolicyDocument']).includes(`{"Ref":"${key}"}`),
  );
  expect(readers.map(([id]) => id)).toEqual([expect.stringMatching(/^FunctionsValidateBatch/)]);
  app.template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        {
          Effect: 'Allow',
          Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
          Resource: { Ref: key },
        },
      ]),
    },
  });
});

test('where none is, there is no key to pay for', () => {
  const app = synthesize({ datasets: [plain] });
  expect(keyOf(app)).toBeUndefined();
  expect(app.function('ValidateBatch').Properties['Environment'].Variables.SAMPLE_KEY_SECRET_ARN).toBe('');
});
