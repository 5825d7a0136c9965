import { sampleKeyReader } from '../../core/runtime/aws/sample-key';
import { createSecretsClient } from '../../core/runtime/aws/secrets';
import { stepHandler } from '../../core/runtime/step/step';
import { validateBatch } from './validate-batch';

const secrets = createSecretsClient();
let sampleKey: (() => Promise<string>) | undefined;

/** ValidateBatch: reads the objects of a batch and writes its accepted and its quarantined records. */
export const handler = stepHandler('validate-batch', (context, input) => {
  sampleKey ??= sampleKeyReader(secrets, context.env.SAMPLE_KEY_SECRET_ARN);
  return validateBatch({ ...context, sampleKey }, input);
});
