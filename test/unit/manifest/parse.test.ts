import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { formatIssue, isWonderlandError, type WonderlandError } from '../../../src/domain/errors.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';

const FILE = 'wonderland.yaml';

/** Runs the parser on a text that must fail, and returns its issues as they are printed. */
function issuesOf(text: string): string[] {
  try {
    parseManifest(text, FILE);
  } catch (error) {
    assert.ok(isWonderlandError(error), String(error));
    assert.equal((error as WonderlandError).code, 'spec_invalid');
    return (error as WonderlandError).issues?.map(formatIssue) ?? [];
  }
  return assert.fail('the manifest was accepted');
}

const component = (...lines: string[]) =>
  [
    'components:',
    '  - name: app',
    '    image: registry.example.com/app:v1',
    ...lines.map((line) => `    ${line}`),
  ].join('\n');

const endpoint = (...lines: string[]) =>
  [component(), 'endpoint:', '  domain: app.example.com', '  port: 80', ...lines.map((line) => `  ${line}`)].join('\n');

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-AbCdEf';
const PARAMETER = 'arn:aws:ssm:eu-west-1:123456789012:parameter/app/key';

const A_SECRET =
  'must be the ARN of a secret in Secrets Manager, perhaps with :json-key:version-stage:version-id, or of a parameter in SSM';
const PATH_HINT = 'add e.g. "path: /health", or use "protocol: TCP"';

describe('parseManifest', () => {
  it('fills every default of the smallest manifest', () => {
    assert.deepEqual(parseManifest(component(), FILE), {
      spec: {
        scale: 1,
        components: [
          {
            name: 'app',
            image: 'registry.example.com/app:v1',
            env: {},
            memoryMiB: 64,
            cpuUnits: 32,
            logTypes: [],
            stopTimeoutSeconds: 30,
          },
        ],
        deployment: {
          timeoutSeconds: 180,
          failures: 3,
          settleSeconds: 5,
          minimumHealthyPercent: 50,
          onFailure: 'rollback',
        },
      },
      unsupported: [],
      warnings: [],
    });
  });

  it('reads the example', () => {
    const example = new URL('../../../examples/wonderland-autoscaler/wonderland.yaml', import.meta.url);
    const { spec } = parseManifest(readFileSync(example, 'utf8'), FILE);
    assert.equal(spec.scale, 2);
    assert.deepEqual(spec.endpoint, {
      domain: 'autoscaler.example.com',
      component: 'autoscaler',
      containerPort: 80,
      scheme: 'internet-facing',
      healthCheck: {
        protocol: 'HTTP',
        path: '/v1/health',
        intervalSeconds: 10,
        timeoutSeconds: 5,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        gracePeriodSeconds: 60,
      },
      listeners: [{ port: 443, protocol: 'HTTPS' }],
    });
  });

  it('puts the first component and both listeners behind an endpoint that names none', () => {
    const { spec } = parseManifest(endpoint('load-balancer: { private: true, healthcheck: { protocol: TCP } }'), FILE);
    assert.equal(spec.endpoint?.component, 'app');
    assert.equal(spec.endpoint?.scheme, 'internal');
    assert.deepEqual(spec.endpoint?.listeners, [
      { port: 80, protocol: 'HTTP' },
      { port: 443, protocol: 'HTTPS' },
    ]);
  });

  const sizes = {
    XS: [64, 32],
    S: [128, 64],
    M: [256, 128],
    L: [512, 256],
    XL: [1024, 512],
    '2XL': [2048, 1024],
    '3XL': [4096, 2048],
    100: [100, 100],
  };
  for (const [size, [memoryMiB, cpuUnits]] of Object.entries(sizes)) {
    it(`maps the size ${size}`, () => {
      const { spec } = parseManifest(component(`capacity: { memory: ${size}, cpu: ${size} }`), FILE);
      assert.deepEqual([spec.components[0]?.memoryMiB, spec.components[0]?.cpuUnits], [memoryMiB, cpuUnits]);
    });
  }

  const at = (place: string, message: string) => [`${FILE}:${place} ${message}`];
  const refused: [what: string, text: string, issues: string[]][] = [
    ['an empty text', '', at('1:1', 'the document is empty')],
    ['a comment only', '# nothing\n', at('1:1', 'the document is empty')],
    ['a list', '- 1', at('1:1', 'expected a mapping, got a list')],
    [
      'two documents',
      `${component()}\n---\n${component()}`,
      at('4:1', 'a second document begins here; the file must hold one'),
    ],
    [
      'broken YAML',
      'components: [',
      at('1:14', 'not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'),
    ],
    [
      'a tag',
      'scale: !secret 1',
      at('1:8', 'not valid YAML: a tag that is not known; a text that begins with ! needs quotes'),
    ],
    [
      'an alias without anchor',
      'scale: *two',
      at('1:8', 'scale: an alias names no anchor before it; a text that begins with * needs quotes'),
    ],
    ['a key that is a list', `${component()}\n? [a]\n: 1`, at('4:3', 'a key must be plain text')],
    ['a misspelt key', `${component()}\nscael: 2`, at('4:1', 'unknown key "scael", did you mean "scale"?')],
    [
      'a misspelt key of one level below',
      component('command: ["a"]', 'env: {}', 'memroy: S'),
      at('6:5', 'components.0: unknown key "memroy", did you mean "memory"? It goes under "capacity"'),
    ],
    [
      'an unknown key',
      component('zebra: 1'),
      at(
        '4:5',
        'components.0: unknown key "zebra", the known keys here are name, image, command, env, secrets, registry-credentials, capacity, links, logging, stop-timeout',
      ),
    ],
    [
      'a key set twice',
      `${component()}\nscale: 2\nscale: 3`,
      at('5:1', 'duplicate key "scale", it is already set in line 4'),
    ],
    [
      'a nested key set twice',
      component('env: { A: "1", A: "2" }'),
      at('4:20', 'components.0.env: duplicate key "A", it is already set in line 4'),
    ],
    [
      '__proto__',
      component('env: { __proto__: "1" }'),
      at('4:12', 'components.0.env: the key "__proto__" is not allowed'),
    ],
    ['a missing list of components', 'scale: 2', at('1:1', 'the key "components" is missing')],
    ['no components', 'components: []', at('1:13', 'components: must have at least 1 entry')],
    [
      'eleven components',
      `components:\n${Array.from({ length: 11 }, (_, index) => `  - { name: a${index}, image: app:v1 }\n`).join('')}`,
      at('2:3', 'components: must have at most 10 entries'),
    ],
    ['a component without image', 'components:\n  - name: app', at('2:5', 'components.0: the key "image" is missing')],
    ['text for a number', `${component()}\nscale: two`, at('4:8', 'scale: expected a number, got text')],
    ['a fraction', `${component()}\nscale: 1.5`, at('4:8', 'scale: expected a whole number, got a number')],
    ['a negative scale', `${component()}\nscale: -1`, at('4:8', 'scale: must be at least 0')],
    ['a scale too large', `${component()}\nscale: 101`, at('4:8', 'scale: must be at most 100')],
    ['a value left out', `${component()}\nscale:`, at('4:1', 'scale: expected a number, got nothing')],
    [
      'a number for text',
      component('env: { PORT: 80 }'),
      at('4:18', 'components.0.env.PORT: expected text, got a number, put it in quotes'),
    ],
    [
      'a flag for text',
      component('command: [true]'),
      at('4:15', 'components.0.command.0: expected text, got true or false, put it in quotes'),
    ],
    ['text for a list', component('command: serve'), at('4:14', 'components.0.command: expected a list, got text')],
    ['a list for a mapping', component('env: [A]'), at('4:10', 'components.0.env: expected a mapping, got a list')],
    [
      'a bad variable name',
      component('env: { A-B: "1" }'),
      at('4:12', 'components.0.env: "A-B": a variable name has letters, digits and underscores, and no digit first'),
    ],
    [
      'a bad component name',
      'components: [{ name: App, image: app:v1 }]',
      at('1:22', 'components.0.name: must have 1 to 32 lower-case letters, digits and dashes'),
    ],
    [
      'a bad image',
      'components: [{ name: app, image: "a b" }]',
      at('1:34', 'components.0.image: must be an image, e.g. registry.example.com/app:v1'),
    ],
    [
      'an unknown size',
      component('capacity: { memory: XXL }'),
      at(
        '4:25',
        'components.0.capacity.memory: must be XS, S, M, L, XL, 2XL, 3XL, or a number of MiB from 6 to 1048576',
      ),
    ],
    [
      'a size out of range',
      component('capacity: { cpu: 1 }'),
      at('4:22', 'components.0.capacity.cpu: must be at least 2'),
    ],
    ['a secret by value', component('secrets: { KEY: hunter2 }'), at('4:21', `components.0.secrets.KEY: ${A_SECRET}`)],
    [
      'a JSON key of a secret without the colons that ECS wants',
      component(`secrets: { KEY: "${SECRET}:password" }`),
      at('4:21', `components.0.secrets.KEY: ${A_SECRET}`),
    ],
    [
      'credentials in a parameter, where ECS does not look for them',
      component(`registry-credentials: "${PARAMETER}"`),
      at('4:27', 'components.0.registry-credentials: must be the ARN of a secret in Secrets Manager'),
    ],
    [
      'an unknown failure action',
      `${component()}\ndeployment: { on-failure: rolback }`,
      at('4:27', 'deployment.on-failure: must be rollback'),
    ],
    [
      'a bad domain',
      endpoint().replace('app.example.com', 'App_1'),
      at('5:11', 'endpoint.domain: must be a host name in lower case, e.g. app.example.com'),
    ],
    [
      'a bad team',
      `${component()}\nteam: A`,
      at('4:7', 'team: must have 2 to 21 lower-case letters, digits and dashes, and begin with a letter'),
    ],
    [
      'an unknown protocol',
      endpoint('load-balancer: { ports: [{ port: 80, protocol: HTPT }], healthcheck: { protocol: TCP } }'),
      at('7:50', 'endpoint.load-balancer.ports.0.protocol: must be HTTP, HTTPS, TCP or SSL, did you mean HTTP?'),
    ],
    [
      'a health check without path',
      endpoint(),
      at('5:3', `endpoint.load-balancer.healthcheck: an HTTP health check needs a path, ${PATH_HINT}`),
    ],
    [
      'a TCP health check with a path',
      endpoint('load-balancer: { healthcheck: { protocol: TCP, path: / } }'),
      at('7:56', 'endpoint.load-balancer.healthcheck.path: a TCP health check has no path, remove it'),
    ],
    [
      'a timeout as long as the interval',
      endpoint('load-balancer: { healthcheck: { path: /, interval: 10, timeout: 10 } }'),
      at('7:67', 'endpoint.load-balancer.healthcheck.timeout: must be less than the interval of 10 s'),
    ],
    [
      'a path without slash',
      endpoint('load-balancer: { healthcheck: { path: health } }'),
      at('7:41', 'endpoint.load-balancer.healthcheck.path: must begin with a slash and have no spaces'),
    ],
    [
      'two listeners on one port',
      endpoint(
        'load-balancer: { healthcheck: { path: / }, ports: [{ port: 80, protocol: HTTP }, { port: 80, protocol: TCP }] }',
      ),
      at('7:92', 'endpoint.load-balancer.ports.1.port: two listeners have port 80'),
    ],
    [
      'an endpoint of no component',
      endpoint('component: ap', 'load-balancer: { healthcheck: { path: / } }'),
      at('7:14', 'endpoint.component: there is no component "ap", did you mean "app"?'),
    ],
    [
      'an endpoint of a strange component',
      endpoint('component: database', 'load-balancer: { healthcheck: { path: / } }'),
      at('7:14', 'endpoint.component: there is no component "database", the components are app'),
    ],
    [
      'two components of one name',
      `${component()}\n  - { name: app, image: app:v1 }`,
      at('4:13', 'components.1.name: components 0 and 1 are both called "app"'),
    ],
    [
      'a link to itself',
      component('links: [{ component: app }]'),
      at('4:26', 'components.0.links.0.component: a component cannot link to itself'),
    ],
    [
      'two links of one alias',
      `${component('links: [{ component: b, alias: x }, { component: c, alias: x }]')}\n  - { name: b, image: app:v1 }\n  - { name: c, image: app:v1 }`,
      at('4:54', 'components.0.links.1.component: two links have the alias "x"'),
    ],
    [
      'a variable that is a secret too',
      component('env: { A: "1" }', 'secrets: { A: "arn:aws:ssm:eu-west-1:123456789012:parameter/a" }'),
      at('5:19', 'components.0.secrets.A: "A" is also set in env'),
    ],
    [
      'fewer instances at most than at least',
      `${component()}\nauto-scaling: { min-instances: 3, max-instances: 2 }`,
      at('4:32', 'auto-scaling.min-instances: must be at most max-instances, which is 2'),
    ],
    ['a bad role', `${component()}\niam: { role-arn: me }`, at('4:18', 'iam.role-arn: must be the ARN of an IAM role')],
    [
      'a bad channel',
      `${component()}\nnotifications: { slack: team }`,
      at('4:25', 'notifications.slack: must be a channel like #team'),
    ],
  ];
  for (const [what, text, issues] of refused) {
    it(`refuses ${what}`, () => assert.deepEqual(issuesOf(text), issues));
  }

  it('names every fault at once, in the order of the file', () => {
    assert.deepEqual(issuesOf(`${component('stop-timeout: 1')}\nscale: 200\nscal: 1`), [
      ...at('4:19', 'components.0.stop-timeout: must be at least 2'),
      ...at('5:8', 'scale: must be at most 100'),
      ...at('6:1', 'unknown key "scal", did you mean "scale"?'),
    ]);
  });

  it('refuses links that go round, at each of them', () => {
    const round = [
      component('links: [{ component: b }]'),
      '  - { name: b, image: app:v1, links: [{ component: c }] }',
      '  - { name: c, image: app:v1, links: [{ component: app }, { component: d }] }',
      '  - { name: d, image: app:v1 }',
    ].join('\n');
    const says = (from: string, to: string) => `"${to}" already links to "${from}": links cannot go round`;
    assert.deepEqual(issuesOf(round), [
      `${FILE}:4:26 components.0.links.0.component: ${says('app', 'b')}`,
      `${FILE}:5:52 components.1.links.0.component: ${says('b', 'c')}`,
      `${FILE}:6:52 components.2.links.0.component: ${says('c', 'app')}`,
    ]);
  });

  it('accepts keys without effect yet, and says where they are', () => {
    const { unsupported } = parseManifest(
      [
        component(),
        'auto-scaling: { min-instances: 1, max-instances: 2 }',
        'notifications: { slack: "#team", email: "team@example.com" }',
      ].join('\n'),
      FILE,
    );
    assert.deepEqual(unsupported.map(formatIssue), [
      `${FILE}:4:1 "auto-scaling" has no effect yet, remove it to deploy`,
      `${FILE}:5:1 "notifications" has no effect yet, remove it to deploy`,
    ]);
  });

  it('keeps secrets, credentials, links and the role as references', () => {
    const { spec, unsupported } = parseManifest(
      [
        component(
          `secrets: { KEY: "${SECRET}:password::", OTHER: "${PARAMETER}", THIRD: "${SECRET}" }`,
          `registry-credentials: "${SECRET}"`,
          'links: [{ component: side, alias: s }, { component: third }]',
        ),
        '  - { name: side, image: app:v1, links: [{ component: third }], secrets: {} }',
        '  - { name: third, image: app:v1 }',
        'iam: { role-arn: "arn:aws:iam::123456789012:role/apps/app" }',
      ].join('\n'),
      FILE,
    );
    const [app, side, third] = spec.components;
    assert.deepEqual(app?.secrets, { KEY: `${SECRET}:password::`, OTHER: PARAMETER, THIRD: SECRET });
    assert.equal(app?.registryCredentials, SECRET);
    assert.deepEqual(app?.links, [
      { component: 'side', alias: 's' },
      { component: 'third', alias: 'third' },
    ]);
    assert.equal(spec.taskRoleArn, 'arn:aws:iam::123456789012:role/apps/app');
    assert.deepEqual([side?.secrets, third?.links, third?.registryCredentials], [undefined, undefined, undefined]);
    assert.deepEqual(unsupported, []);
  });
});
