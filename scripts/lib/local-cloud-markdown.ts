// docs/local-cloud-operations.md: what of AWS the local cloud serves, out of its own operation tables and AWS's models.
import { createVirtualClock } from '../../src/localcloud/engine/virtual-clock.ts';
import { createNetwork } from '../../src/localcloud/engine/network.ts';
import { createRandom } from '../../src/localcloud/engine/random.ts';
import { createImages } from '../../src/localcloud/images.ts';
import type { Depth, Engine, ServiceRegistration } from '../../src/localcloud/registration.ts';
import { newSettings } from '../../src/localcloud/settings.ts';
import { loadModel } from '../../src/localcloud/wire/model.ts';
import { createWorld } from '../../src/localcloud/world.ts';

const NAMES: Record<string, string> = {
  acm: 'Certificate Manager',
  'application-autoscaling': 'Application Auto Scaling',
  autoscaling: 'EC2 Auto Scaling',
  ec2: 'EC2',
  ecr: 'ECR',
  ecs: 'ECS',
  elasticloadbalancing: 'Elastic Load Balancing (classic)',
  iam: 'IAM',
  logs: 'CloudWatch Logs',
  monitoring: 'CloudWatch',
  route53: 'Route 53',
  s3: 'S3',
  secretsmanager: 'Secrets Manager',
  sns: 'SNS',
  ssm: 'Systems Manager (parameters)',
  sts: 'STS',
};

const DEPTHS: Record<Depth, string> = { acts: 'acts', keeps: 'keeps', fixed: 'fixed answer' };

/** A world that never starts: only its tables are looked at. */
const services = (): ServiceRegistration[] => {
  const engine: Engine = {
    clock: createVirtualClock(),
    network: createNetwork(),
    random: createRandom(1),
    account: '123456789012',
    region: 'eu-west-1',
    domain: 'example.com',
    settings: newSettings({ dataPlane: false }),
    endpoint: () => '',
    changed: () => undefined,
    log: () => undefined,
  };
  return createWorld(engine, { images: createImages() }).services;
};

const nameOf = ({ scope }: ServiceRegistration): string => NAMES[scope] ?? scope;

function section(service: ServiceRegistration): string {
  const { operations, scope } = service;
  const model = loadModel(service.model);
  const served = Object.entries(operations).sort(([a], [b]) => (a < b ? -1 : 1));
  const all = [...new Set([...Object.keys(model.operations), ...model.otherOperations])].sort();
  const missing = all.filter((name) => !Object.hasOwn(operations, name));
  const rows = served.map(([name, { depth = 'acts', note = '' }]) => `| ${name} | ${DEPTHS[depth]} | ${note} |`);
  const rest =
    missing.length === 0
      ? 'Nothing is missing.'
      : missing.length > 40
        ? `Not served: the other ${missing.length} operations.`
        : `Not served: ${missing.join(', ')}.`;
  return [
    `## ${nameOf(service)}`,
    '',
    `Credential scope \`${scope}\`, API version ${model.version}; ${served.length} of ${all.length} operations.`,
    '',
    '| operation | how deeply | what is left out |',
    '| --- | --- | --- |',
    ...rows,
    '',
    rest,
  ].join('\n');
}

export function localCloudMarkdown(): string {
  const all = services().toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const count = all.reduce((sum, { operations }) => sum + Object.keys(operations).length, 0);
  return [
    '# Operations of the local cloud',
    '',
    'Generated from the code: `npm run generate`. Every request is held against the service model of AWS first.',
    `${count} operations of ${all.length} services are served:`,
    '',
    '- **acts**: does what AWS does.',
    '- **keeps**: what is asked for is checked, kept and shown, and has no effect beyond that.',
    '- **fixed answer**: says always the same.',
    '',
    'Other operations of these services answer 501 `NotImplemented` in the shape of their service; operations that AWS does',
    'not have answer 400, as AWS does.',
    '',
    ...all.map((service) => `${section(service)}\n`),
  ].join('\n');
}
