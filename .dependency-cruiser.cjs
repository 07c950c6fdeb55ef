/** Who may import whom: one rule a row of the table in CONTRIBUTING.md. */
const none = '$^';
const features = '^src/(flags|segments|routes|rollouts|guards|environments|tokens|schedule|live|search)/';
const rule = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    rule('no-circular', {}, { circular: true }, 'A cycle has no place to start reading.'),
    rule(
      'no-orphans',
      { orphan: true, pathNot: ['\\.spec\\.ts$', '\\.(c|m)js$', '^migrations/', '^demo/'] },
      {},
      'Nobody imports it.',
    ),
    rule(
      'engine-is-closed',
      { path: '^client-sdk/src/engine', pathNot: '\\.spec\\.ts$' },
      { pathNot: '^client-sdk/src/engine' },
      'The engine runs anywhere: it imports itself only.',
    ),
    rule(
      'sdk-knows-no-server',
      { path: '^client-sdk/src', pathNot: '\\.spec\\.ts$' },
      { path: '^(src|migrations|demo|test)/' },
      'Applications install the SDK alone.',
    ),
    rule(
      'domain-is-pure',
      { path: '^src/domain', pathNot: '\\.spec\\.ts$' },
      {
        pathNot: [
          '^src/domain',
          '^client-sdk/(src|dist)/engine',
          '^node_modules/(zod|re2js|@eslint-community/regexpp)/',
        ],
      },
      'The domain decides: no Nest, no store, no cluster, no node built-ins.',
    ),
    rule(
      'ports-ask',
      { path: '^src/ports' },
      { pathNot: ['^src/(ports|domain)', '^client-sdk/(src|dist)/engine'] },
      'A port is a type: no framework, no client library.',
    ),
    rule(
      'adapters-import-no-features',
      { path: '^src/adapters', pathNot: '\\.spec\\.ts$' },
      { path: '^src/', pathNot: '^src/(adapters|ports|domain|config|outgoing|cluster)/' },
      'Adapters do what a port asks.',
    ),
    ...['store', 'mesh', 'metrics', 'notify'].map((port) =>
      rule(
        `adapters-of-${port}-stay-apart`,
        { path: `^src/adapters/${port}/`, pathNot: '\\.spec\\.ts$' },
        { path: '^src/adapters/', pathNot: `^src/adapters/${port}/` },
        'An adapter imports no adapter of another port.',
      ),
    ),
    rule(
      'only-the-root-wires-adapters',
      { path: '^src/', pathNot: ['^src/adapters/', '^src/app\\.module\\.ts$', '\\.spec\\.ts$'] },
      { path: '^src/adapters/' },
      'app.module.ts is the composition root.',
    ),
    rule(
      'features-stay-apart',
      { path: '^src/(flags|segments|routes|rollouts|guards|environments|tokens|schedule|live|search)/' },
      { path: features, pathNot: '^src/$1/' },
      'Features meet in the store.',
    ),
    rule(
      'features-and-loops-know-few',
      {
        path: '^src/(flags|segments|routes|rollouts|guards|environments|tokens|schedule|live|search|control|evaluation|edge|history|changes|usage|otlp)/',
        pathNot: '\\.spec\\.ts$',
      },
      {
        path: '^src/',
        pathNot: [
          '^src/$1/',
          '^src/(domain|ports|auth|config|outgoing|changes|usage)/',
          '^src/schema\\.types\\.ts$',
        ],
      },
      'Features, loops and edges import domain, ports, auth, and the one write path.',
    ),
    rule(
      'discovery-knows-few',
      { path: '^src/discovery/', pathNot: '\\.spec\\.ts$' },
      {
        path: '^src/',
        pathNot: ['^src/(discovery|domain|ports|auth|cluster)/', '^src/control/(term|pace|failure)\\.ts$'],
      },
      'It does its duty on the leader as the loops do, and asks the cluster.',
    ),
    rule(
      'loops-write-by-themselves',
      { path: '^src/(control|evaluation|edge|discovery|otlp)/' },
      { path: '^src/(changes|usage)/', pathNot: '^src/changes/(foreign-routes|source-setup)\\.ts$' },
      'The write path for people is not for loops; they may look at the routes of other environments, and at what was set up.',
    ),
    rule(
      'auth-api-health-know-few',
      { path: '^src/(auth|health)/', pathNot: '\\.spec\\.ts$' },
      { path: '^src/', pathNot: ['^src/$1/', '^src/(domain|ports|config|outgoing|auth)/'] },
      'They stand beside the features.',
    ),
    rule(
      'api-knows-no-feature',
      { path: '^src/api/', pathNot: '\\.spec\\.ts$' },
      { path: '^src/', pathNot: '^src/(api|domain|ports|config|auth)/' },
      'The GraphQL set-up knows no feature.',
    ),
    rule(
      'outgoing-is-free',
      { path: '^src/outgoing/' },
      { path: '^src/', pathNot: '^src/(outgoing|domain)/' },
      'A checked way out depends on nothing but the error codes.',
    ),
    rule(
      'the-cluster-knows-few',
      { path: '^src/cluster/', pathNot: '\\.spec\\.ts$' },
      { path: '^src/', pathNot: '^src/(cluster|domain|ports|config)/' },
      'The connection to the API server knows no mesh and no feature.',
    ),
    rule(
      'the-cluster-has-few-users',
      { path: '^src/', pathNot: ['^src/(cluster|adapters/mesh|discovery|edge)/', '^src/app\\.module\\.ts$'] },
      { path: '^src/cluster/' },
      'Mesh adapters, discovery and the edge speak to Kubernetes, and nobody else.',
    ),
    rule(
      'config-is-free',
      { path: '^src/config/' },
      { path: '^src/', pathNot: '^src/config/' },
      'Settings depend on nothing.',
    ),
    rule(
      'migrations-are-frozen',
      { path: '^migrations/', pathNot: '\\.spec\\.ts$' },
      { path: '^(src|client-sdk|demo)/' },
      'A migration stays as it is while code moves.',
    ),
    rule(
      'the-cluster-client-has-one-place',
      { path: '^src/', pathNot: '^src/cluster/' },
      { path: 'node_modules/@kubernetes/client-node' },
      'One connection: everybody else asks it.',
    ),
    rule(
      'the-demo-is-outside',
      { path: '^demo/' },
      { path: '^src/', pathNot: none },
      'The demo obeys what was written and imports nothing of ours but the SDK.',
    ),
    rule(
      'the-readers-are-outside',
      { path: '^(demo/proxy|test/golden/mesh-reader)' },
      { path: '^(src|client-sdk)/' },
      'They prove the emitted YAML by knowing nothing of how it was made.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
