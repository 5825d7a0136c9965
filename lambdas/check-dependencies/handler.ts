import { createSecretsClient } from '../../core/runtime/aws/secrets';
import { stepHandler } from '../../core/runtime/step/step';
import { checkDependencies } from './check-dependencies';

const secrets = createSecretsClient();

/** CheckDependencies: asks what the dataset needs whether it is there, and a database for the settings of the run. */
export const handler = stepHandler('check-dependencies', (context, input) =>
  checkDependencies({ ...context, secrets }, input),
);
