import { checkDependenciesInputSchema } from '../contracts/steps';
import { createSecretsClient } from '../runtime/secrets';
import { stepHandler } from '../runtime/step';
import { checkDependencies } from './check-dependencies';

const secrets = createSecretsClient();

/** CheckDependencies: asks what the dataset needs whether it is there, and a database for the settings of the run. */
export const handler = stepHandler('check-dependencies', checkDependenciesInputSchema, (context, input) =>
  checkDependencies({ ...context, secrets }, input),
);
