// Who may import whom. Types may cross where a rule says so: they are gone at run time.
const builtin =
  '^(node:)?(assert|buffer|child_process|crypto|dgram|dns|events|fs|http|http2|https|module|net|os|path|process|readline|stream|timers|tls|url|util|zlib|worker_threads)(/|$)';
const npm = (names) => `node_modules/(${names})(/|$)`;

/** A folder that may import nothing but what is listed. */
const only = (from, allowed, comment, more = {}) => ({
  name: `${from.replace(/^src\//, '')}-imports-only-its-own`,
  comment,
  severity: 'error',
  from: { path: `^${from}/`, ...more.from },
  to: { pathNot: [`^${from}/`, ...allowed], ...more.to },
});

const valuesOnly = { to: { dependencyTypesNot: ['type-only'] } };
const rootFiles = '^src/[^/]+\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that imports nothing is dead.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['^src/embedded/sdk-download\\.ts$'] },
      to: {},
    },
    only('src/domain', [], 'Pure rules; they run inside the workflow sandbox.'),
    only(
      'src/manifest',
      ['^src/domain/', '^src/yaml-', npm('zod|yaml')],
      'Reads a text and says what is wrong with it.',
    ),
    only(
      'src/cloud',
      ['^src/domain/', '^src/(config|logger)\\.ts$', builtin, npm('@aws-sdk|@smithy')],
      'Operations on AWS know nothing of Temporal.',
    ),
    only(
      'src/activities',
      [
        '^src/domain/',
        '^src/(cloud|manifest)/',
        '^src/(config|logger|seal|sealed-spec)\\.ts$',
        builtin,
        npm('@temporalio/(activity|common|client)'),
      ],
      'Activities are the Temporal side of cloud/; values of the AWS SDK stay there.',
      valuesOnly,
    ),
    only(
      'src/workflows',
      ['^src/domain/', npm('@temporalio/(workflow|common)')],
      'Workflow code is replayed: activities by type only, nothing of Node, no schema library.',
      valuesOnly,
    ),
    {
      name: 'workflows-know-activities-by-type',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { path: '^src/', pathNot: ['^src/(workflows|domain|activities|cloud)/'] },
    },
    only(
      'src/api',
      [
        '^src/(domain|manifest|cloud)/',
        '^src/workflows/messages\\.ts$',
        rootFiles,
        builtin,
        npm('@temporalio/(client|common)|zod|express|helmet'),
      ],
      'The API starts and reads workflows and reads AWS through cloud/.',
      valuesOnly,
    ),
    only(
      'src/cli',
      ['^src/(domain|manifest)/', '^src/yaml-', builtin, npm('commander|picocolors|yaml|zod')],
      'wl is a thin HTTP client.',
      { from: { pathNot: '^src/cli/commands/local\\.ts$' } },
    ),
    only(
      'src/localcloud',
      [builtin, npm('fast-xml-parser|pino')],
      'A stand-in that shares code with its client proves nothing.',
    ),
    only(
      'src/embedded',
      ['^src/domain/', '^src/config\\.ts$', builtin, npm('commander|yaml')],
      'The embedded stack starts the parts as processes instead of importing them.',
      { from: { pathNot: '^src/embedded/sdk-download\\.ts$' } },
    ),
    {
      name: 'local-cloud-and-embedded-stack-stand-alone',
      comment: 'Only `wl local`, lazily, and tests reach them.',
      severity: 'error',
      from: { path: '^(src|worker\\.ts)', pathNot: ['^src/(localcloud|embedded)/', '^src/cli/commands/local\\.ts$'] },
      to: { path: '^src/(localcloud|embedded)/' },
    },
    {
      name: 'root-files-import-downwards',
      severity: 'error',
      from: { path: rootFiles },
      to: { path: '^src/(?!domain/)[^/]+/' },
    },
    {
      name: 'entry-points-are-not-imported',
      severity: 'error',
      from: { path: '^(src|worker\\.ts)' },
      to: {
        path: '^(worker\\.ts|src/(api|localcloud)/server\\.ts|src/cli/main\\.ts|src/embedded/(supervisor-process|sdk-download)\\.ts)$',
      },
    },
    {
      name: 'no-temporal-internals',
      severity: 'error',
      from: { path: '^(src|worker\\.ts)' },
      to: { path: 'node_modules/@temporalio/[^/]+/src/' },
    },
    {
      name: 'child-processes-only-in-embedded',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/embedded/', '^src/cli/io\\.ts$'] },
      to: { path: '^(node:)?child_process$' },
    },
    {
      name: 'no-development-dependencies',
      severity: 'error',
      from: { path: '^(src|worker\\.ts)', pathNot: '^src/embedded/sdk-download\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
