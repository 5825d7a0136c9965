'use strict';
/* What `asl-library.ts` gives the library in place of modules that it loads and that nothing here needs. */
module.exports = { LambdaClient: class {}, InvokeCommand: class {} };
