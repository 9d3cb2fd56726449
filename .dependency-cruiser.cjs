// The plan of the house: each room may import only the rooms below it. `errors.ts` and `units.ts` are open to all.
/** Room → the rooms it may import. */
const rooms = {
  cli: [
    'build',
    'config-templates',
    'inspect',
    'machine',
    'packages',
    'plan',
    'recipe',
    'report',
    'store',
    'tools',
    'tui',
    'disk',
    'exec',
    'templating',
    'cloud-config',
    'yaml',
  ],
  tui: ['report', 'disk'],
  inspect: ['build', 'disk', 'exec', 'packages', 'plan', 'store', 'tools'],
  build: ['stages', 'plan', 'packages', 'recipe', 'report', 'store', 'tools', 'templating', 'exec', 'disk'],
  machine: ['tools', 'exec', 'report', 'store'],
  stages: ['plan', 'tree', 'packages', 'tools', 'store', 'templating', 'disk', 'exec'],
  plan: ['packages', 'recipe', 'tree', 'disk', 'templating', 'store'],
  packages: ['recipe', 'store', 'tools', 'exec', 'yaml'],
  tree: ['packages'],
  tools: ['store', 'exec', 'recipe'],
  store: ['exec'],
  recipe: ['disk', 'yaml'],
  agent: ['cloud-config', 'yaml'],
  'config-templates': ['cloud-config', 'templating', 'yaml'],
  'cloud-config': ['yaml'],
  yaml: [],
  templating: ['exec'],
  report: [],
  exec: [],
  disk: [],
};

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: '^src/(cli|agent)/main\\.ts$|\\.d\\.ts$' }, to: {} },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'not-in-package-json',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    ...Object.entries(rooms).map(([room, below]) => ({
      name: `${room}-imports-only-below`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: {
        path: '^src/',
        pathNot: [`^src/(errors|units)\\.ts$`, `^src/${room}/`, ...below.map((name) => `^src/${name}/`)],
      },
    })),
    {
      name: 'every-room-is-in-the-plan',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [`^src/(${Object.keys(rooms).join('|')})/`, '^src/(errors|units)\\.ts$'],
      },
      to: {},
    },
    {
      name: 'ink-only-in-tui',
      severity: 'error',
      from: { pathNot: '^src/tui/' },
      to: { path: 'node_modules/(ink|react)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
