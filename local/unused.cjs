'use strict';
/* In place of modules that `aws-local-stepfunctions` loads and that nothing here needs (`quick-start.ts`). */
// oxlint-disable-next-line typescript/no-extraneous-class -- they are only named, never made
module.exports = { LambdaClient: class {}, InvokeCommand: class {} };
