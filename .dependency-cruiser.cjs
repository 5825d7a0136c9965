/**
 * Who may import whom (`docs/design.md` §9). Every folder lists what it may import of the project's own; anything else is an error.
 * Parsed by SWC, since TypeScript 7 has no compiler API in JavaScript.
 */
const STEP = '^lambdas/(?!process-batch/)([^/]+)/';
/** The project's own folders; what npm and Node bring is ruled below. */
const OWN = '^(bin|lib|core|lambdas|datasets|asl-lint|cli|edges|local|test|bench|scripts)/';

/** What is known of a notifier without loading it: its addresses, and what they need to be allowed. */
const NOTIFIER_KINDS = '^core/runtime/notifiers/(registry|kind|[^/]+/kind)\\.ts$';

/** Loads definitions from a folder, without CDK. */
const DEFINITION_LOADER = '^lib/(datasets|build/(bundle-processes|definition-imports))\\.ts$';

const mayImport = (name, from, allowed, comment) => ({
  name: `${name}-imports`,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: OWN, pathNot: allowed },
});

module.exports = {
  forbidden: [
    mayImport(
      'bin',
      '^bin/',
      ['^bin/', '^lib/', '^core/engine/sql/check-sql\\.ts$'],
      "bin → lib; and the engine's check of definitions, which lib must not load: it is native",
    ),
    mayImport(
      'lib',
      '^lib/',
      ['^lib/', '^core/(contracts|domain)/', NOTIFIER_KINDS, '^datasets/', '^asl-lint/', '^edges/'],
      'lib → contracts, domain, datasets, asl-lint, edges; of runtime the kinds of notifiers; handlers by path only',
    ),
    mayImport(
      'step',
      STEP,
      ['^lambdas/$1/', '^core/'],
      'lambdas/<step> → runtime, engine, domain, contracts; never another step',
    ),
    mayImport(
      'process-batch',
      '^lambdas/process-batch/',
      ['^lambdas/process-batch/', '^core/', '^datasets/[^/]+/process\\.ts$'],
      'as every step; also transforms in TypeScript',
    ),
    mayImport('runtime', '^core/runtime/', ['^core/(runtime|domain|contracts)/'], 'runtime → domain, contracts'),
    mayImport('engine', '^core/engine/', ['^core/(engine|domain|contracts)/'], 'engine → domain, contracts'),
    mayImport('domain', '^core/domain/', ['^core/(domain|contracts)/'], 'domain → contracts'),
    mayImport('contracts', '^core/contracts/', ['^core/contracts/'], 'contracts → zod'),
    mayImport('asl-lint', '^asl-lint/', ['^asl-lint/', '^core/contracts/'], 'asl-lint → contracts'),
    mayImport('edges', '^edges/', ['^edges/'], 'edges → nothing but itself'),
    mayImport(
      'cli',
      '^cli/',
      ['^cli/', '^core/(runtime|engine|domain|contracts)/', '^asl-lint/', DEFINITION_LOADER],
      'cli → runtime, engine, domain, contracts, asl-lint; of lib the loader of definitions',
    ),
    mayImport(
      'datasets',
      '^datasets/([^/]+)/',
      ['^datasets/$1/', '^core/contracts/definitions\\.ts$'],
      'datasets → rollcall, which is a file of contracts',
    ),
    mayImport('local', '^local/', ['^(?!test/|bench/)'], 'local → anything but test and bench'),
    mayImport(
      'scripts',
      '^scripts/',
      ['^scripts/', '^lib/', '^core/(contracts|domain)/', '^core/runtime/notifiers/', '^asl-lint/'],
      "scripts → lib, domain, contracts, asl-lint; of runtime the notifiers' renderers, whose messages the docs show",
    ),
    {
      name: 'notifier-kinds',
      comment: 'lib reads the kinds of notifiers, and must not load what posts: that is required when it is needed',
      severity: 'error',
      from: { path: NOTIFIER_KINDS },
      to: {
        pathNot: ['^core/(contracts|domain)/', NOTIFIER_KINDS, '^node_modules/zod/'],
        dependencyTypesNot: ['require', 'type-only'],
      },
    },
    {
      name: 'contracts-npm',
      comment: 'contracts are zod and plain TypeScript (hashing included): both worlds load them',
      severity: 'error',
      from: { path: '^core/contracts/' },
      to: { pathNot: ['^core/', '^node_modules/zod/', '^(node:)?crypto$'] },
    },
    {
      name: 'domain-pure',
      comment: 'domain is pure: no AWS, no file, no network',
      severity: 'error',
      from: { path: '^core/domain/' },
      to: { pathNot: ['^core/', '^node_modules/zod/', '^(node:)?crypto$'] },
    },
    {
      name: 'lambdas-no-cdk',
      comment: 'what runs in Lambda knows nothing of CDK',
      severity: 'error',
      from: { path: '^(core|lambdas|datasets)/' },
      to: { path: '^node_modules/(aws-cdk-lib|constructs)/' },
    },
    {
      name: 'lambdas-no-dev-dependencies',
      comment: 'what runs in Lambda is a dependency, not a devDependency',
      severity: 'error',
      from: { path: '^(core|lambdas|datasets)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolvable',
      comment: 'what the benchmark compares with is installed only on request',
      severity: 'error',
      from: { pathNot: '^bench/alternatives/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: {
      path: '^(cdk\\.out|\\.build|\\.local|coverage)/|^bench/alternatives/(node_modules|\\.venv)/',
    },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.cjs', '.json'],
      // As datasets find `rollcall`: this package by its own name.
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'default'],
    },
  },
};
