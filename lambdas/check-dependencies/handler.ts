import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { checkDependenciesInputSchema } from '../contracts/steps';
import { stepHandler } from '../runtime/step';
import { checkDependencies } from './check-dependencies';

const secrets = new SecretsManagerClient({
  maxAttempts: 3,
  requestHandler: new NodeHttpHandler({ connectionTimeout: 3_000, requestTimeout: 10_000 }),
});

/** CheckDependencies: asks what the dataset needs whether it is there, and a database for the settings of the run. */
export const handler = stepHandler('check-dependencies', checkDependenciesInputSchema, (context, input) =>
  checkDependencies({ ...context, secrets }, input),
);
