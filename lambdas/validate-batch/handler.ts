import { batchInputSchema } from '../contracts/steps';
import { sampleKeyReader } from '../runtime/sample-key';
import { createSecretsClient } from '../runtime/secrets';
import { stepHandler } from '../runtime/step';
import { validateBatch } from './validate-batch';

const secrets = createSecretsClient();
let sampleKey: (() => Promise<string>) | undefined;

/** ValidateBatch: reads the objects of a batch and writes its accepted and its quarantined records. */
export const handler = stepHandler('validate-batch', batchInputSchema, (context, input) => {
  sampleKey ??= sampleKeyReader(secrets, context.env.SAMPLE_KEY_SECRET_ARN);
  return validateBatch({ ...context, sampleKey }, input);
});
