import { definitionsIn, NoStateMachine } from '../../asl-lint/definitions-in-template';

const template = (properties: object, type = 'AWS::StepFunctions::StateMachine') => ({
  Resources: { Bucket: { Type: 'AWS::S3::Bucket' }, Machine: { Type: type, Properties: properties } },
});
const found = (properties: object, type?: string) => definitionsIn(template(properties, type))[0]?.definition;

describe('state machines in a document', () => {
  test('a definition is itself', () => {
    const definition = { StartAt: 'A', States: {} };
    expect(definitionsIn(definition)).toEqual([{ name: '', definition }]);
  });

  test('a definition string is put together from its parts, with placeholders for references', () => {
    const parts = [
      '{"Resource":"arn:',
      { Ref: 'AWS::Partition' },
      ':states:::lambda:invoke","F":"',
      { 'Fn::GetAtt': ['Claim', 'Arn'] },
      '","V":"',
      { Ref: 'ClaimVersion' },
      '"}',
    ];
    expect(found({ DefinitionString: { 'Fn::Join': ['', parts] } })).toEqual({
      Resource: 'arn:aws:states:::lambda:invoke',
      F: 'arn:aws:unknown:us-east-1:000000000000:Claim',
      V: 'ClaimVersion',
    });
    expect(found({ DefinitionString: { 'Fn::Sub': '{"F":"${Claim.Arn}"}' } })).toEqual({ F: 'Claim.Arn' });
    expect(found({ DefinitionString: { 'Fn::Sub': ['{"F":"${fn}"}', { fn: 'x' }] } })).toEqual({ F: 'fn' });
  });

  test('a definition object may hold references too (SAM)', () => {
    const definition = { StartAt: 'A', States: { A: { Type: 'Task', Resource: { 'Fn::GetAtt': 'Claim.Arn' } } } };
    expect(found({ Definition: definition }, 'AWS::Serverless::StateMachine')).toEqual({
      StartAt: 'A',
      States: { A: { Type: 'Task', Resource: 'arn:aws:unknown:us-east-1:000000000000:Claim' } },
    });
  });

  test('a template may have none', () => {
    expect(definitionsIn({ Resources: {} })).toEqual([]);
  });

  test.each([
    ['a list', [], /expected an object/],
    ['an object of another kind', { name: 'x' }, /neither a state machine .* nor a CloudFormation template/],
    ['a definition elsewhere', template({ DefinitionUri: 's3://b/k' }), /Machine lies elsewhere/],
    ['a broken definition', template({ DefinitionString: '{' }), /DefinitionString of Machine is no JSON/],
  ])('%s is refused', (_, document, message) => {
    expect(() => definitionsIn(document)).toThrow(NoStateMachine);
    expect(() => definitionsIn(document)).toThrow(message);
  });
});
