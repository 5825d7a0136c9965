'use strict';
/* In place of modules that `aws-local-stepfunctions` loads and that nothing here needs (`quick-start.ts`). */
module.exports = { LambdaClient: class {}, InvokeCommand: class {} };
