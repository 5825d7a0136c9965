import { InvalidEnvironment, parseEnvironment } from '../../../core/contracts/environment';
import { FUNCTION_NAMES, functionTable } from '../../../core/contracts/function-table';

const base = {
  ACCOUNT_ID: '123456789012',
  LEDGER_BUCKET: 'ledger',
  CODE_VERSION: '0123456789abcdef',
  LOG_LEVEL: 'INFO',
  POWERTOOLS_SERVICE_NAME: 'rollcall',
};
const recording = {
  ...base,
  LAKE_BUCKET: 'lake',
  SLACK_SECRET_ARN: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack',
  SLACK_TIMEOUT_MS: '5000',
  CHANNELS: '{"ops":"arn:aws:sns:eu-west-1:123456789012:ops"}',
  FUNCTION_MEMORY_MB: '{"load-partition":512}',
};

type Given = Parameters<typeof parseEnvironment>[2];
const parseLoading = (env: Given) =>
  parseEnvironment('load-partition', functionTable['load-partition'].environment, env);
const parseRecording = (env: Given) => parseEnvironment('record-run', functionTable['record-run'].environment, env);

describe('a function’s environment', () => {
  it('is parsed into what the function works with, and ignores what Lambda adds', () => {
    const env = parseLoading({ ...base, BATCH_BYTES: '1048576', AWS_REGION: 'eu-west-1' });
    expect(env).toEqual({ ...base, BATCH_BYTES: 1_048_576 });
    expect(parseRecording(recording).FUNCTION_MEMORY_MB).toEqual({ 'load-partition': 512 });
  });

  it.each(FUNCTION_NAMES)('of %s names each variable that is missing', (name) => {
    const { environment } = functionTable[name];
    const parse = () => parseEnvironment(name, environment, {});
    expect(parse).toThrow(InvalidEnvironment);
    for (const variable of Object.keys(environment.shape)) expect(parse).toThrow(variable);
  });

  it.each(['', '0', '-1', '1.5', 'much', 'NaN'])('refuses %j for a whole number', (text) => {
    expect(() => parseLoading({ ...base, BATCH_BYTES: text })).toThrow(/BATCH_BYTES/);
  });

  it.each(['{"ops":1}', 'secret'])('refuses %s for the channels, without repeating it', (text) => {
    const parse = () => parseRecording({ ...recording, CHANNELS: text });
    expect(parse).toThrow('CHANNELS: expected JSON of channels and addresses');
    expect(parse).not.toThrow(/secret/);
  });

  it.each(['{"secret":', '"secret"', '{"a":"secret"}', '{"a":0}'])(
    'refuses %s for the memory of the functions, without repeating it',
    (text) => {
      const parse = () => parseRecording({ ...recording, FUNCTION_MEMORY_MB: text });
      expect(parse).toThrow(InvalidEnvironment);
      expect(parse).toThrow(/FUNCTION_MEMORY_MB/);
      expect(parse).not.toThrow(/secret/);
    },
  );
});
