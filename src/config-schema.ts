import { z } from 'zod';
import { SERVICE_NAME } from './domain/ids.ts';

const name = z.string().min(1);
const port = z.int().min(0).max(65535);
const role = z.string().regex(/^arn:aws[a-z-]*:iam::[0-9]{12}:role\/./, 'expected the ARN of an IAM role');
/** Temporal writes a version as `deployment:build`, and formerly with a dot. */
const versionPart = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/);
/** What CloudWatch Logs takes in PutRetentionPolicy. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const cluster = z.strictObject({
  name: name.describe('Name of the ECS cluster.'),
  subnets: z.array(name).default([]).describe('Subnets of its load balancers; without any, every availability zone.'),
  'security-groups': z.array(name).default([]).describe('Security groups of its load balancers.'),
  'auto-scaling-group': name.optional().describe('Auto Scaling group of its instances. Nothing acts on it yet.'),
  'host-ports': z
    .strictObject({
      from: port.min(1024).default(11000).describe('The first.'),
      to: port.min(1024).default(12999).describe('The last.'),
    })
    .refine(({ from, to }) => from <= to, { path: ['to'], message: 'must not be less than "from"' })
    .prefault({})
    .describe('Ports of the instances that services are given, one for each service with an endpoint.'),
});

const token = z.strictObject({
  name: name.describe('Whose it is: the actor of a change.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 of the token, as `wl token new` prints it.'),
  team: z.string().regex(SERVICE_NAME).describe('Whose services it may change.'),
  admin: z.boolean().default(false).describe('May change the services of every team.'),
});

const replacement = z.strictObject({
  'dns-wait-seconds': z
    .int()
    .min(0)
    .max(86_400)
    .default(60)
    .describe(
      'How long the old load balancer stays after a DNS change is INSYNC; the TTL of the old record if longer.',
    ),
  'idle-seconds': z
    .int()
    .min(0)
    .max(600)
    .default(60)
    .describe('How long the old load balancer must have had no request before it is deleted.'),
});

const tls = z.strictObject({
  'ca-file': name.optional().describe('Certificate authority, in PEM; default: those of Node.'),
  'cert-file': name.optional().describe('Client certificate for mTLS, in PEM.'),
  'key-file': name.optional().describe('Its private key, in PEM.'),
});

const temporal = z.strictObject({
  address: z.string().default('127.0.0.1:7233').describe('Host and port of the frontend.'),
  namespace: z.string().default('default').describe('Namespace there.'),
  'task-queue': z.string().default('wonderland').describe('Where the API and the workers meet.'),
  'api-key': z.string().optional().describe('For Temporal Cloud; better from the environment than in the file.'),
  tls: tls.optional().describe('Present, even when empty: the connection is encrypted.'),
  'web-ui-url': z.url().optional().describe('Linked in the answers about a change.'),
  'worker-versioning': z
    .strictObject({
      'deployment-name': versionPart.default('wonderland').describe('Name of the worker deployment.'),
      'build-id': versionPart
        .optional()
        .describe('Default: made from the workflow code, so that it changes whenever that does.'),
    })
    .optional()
    .describe('Present: a change of a service stays with the build of the worker that it began on.'),
});

/** Schema of `wonderland.config.yaml`: one installation, that is one environment in one AWS account. */
export const ConfigSchema = z.strictObject({
  environment: z.string().regex(SERVICE_NAME).describe('Name of the environment, e.g. `production`.'),
  region: z.string().default('eu-west-1').describe('AWS region.'),
  'aws-endpoint-url': z
    .url()
    .optional()
    .describe('Another endpoint for every AWS service, e.g. that of the local cloud.'),
  clusters: z.array(cluster).min(1).describe('The first is where services run.'),
  'hosted-zones': z
    .array(
      z.strictObject({
        name: name.describe('Domain of the zone.'),
        id: name.optional().describe('Its id; default: looked up by the name.'),
      }),
    )
    .default([])
    .describe('Zones of Route 53 that the domains of services may be in; the longest that fits is taken.'),
  certificates: z
    .record(z.string(), z.string())
    .default({})
    .describe('ACM certificate ARN by domain; others are looked up in ACM.'),
  teams: z.array(z.string().regex(SERVICE_NAME)).min(1).describe('Teams that may own a service.'),
  tokens: z.array(token).default([]).describe('Who may call the API.'),
  'sealing-key': z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, 'expected 32 bytes in base64')
    .describe('Seals environment values on their way through Temporal; the same for the API and every worker.'),
  'execution-role-arn': role
    .optional()
    .describe('Role with which the ECS agent reads `secrets` and `registry-credentials` of a manifest.'),
  replacement: replacement.prefault({}).describe('When a service gets a new load balancer beside the old one.'),
  'log-retention-days': z
    .literal(RETENTION_DAYS)
    .default(30)
    .describe('Days that CloudWatch Logs keeps what a service has logged.'),
  temporal: temporal.prefault({}).describe('The Temporal Service.'),
  api: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Address it listens on.'),
      port: port.default(8300).describe('Port it listens on; 0: any free one.'),
    })
    .prefault({})
    .describe('The HTTP API.'),
  registry: z
    .strictObject({
      'endpoint-url': z
        .url()
        .optional()
        .describe('Asked instead of every image registry, e.g. that of the local cloud.'),
    })
    .prefault({})
    .describe('Image registries.'),
  integrations: z
    .strictObject({
      'datadog-url': z.url().optional().describe('Told of every deployment with a POST, as of an event of Datadog.'),
    })
    .prefault({})
    .describe('Other systems that are told of a deployment.'),
});

export type Config = z.infer<typeof ConfigSchema>;

/** `WONDERLAND_…` variables that override single values, by their place in the file. */
export const OVERRIDES: Record<string, string[]> = {
  WONDERLAND_ENVIRONMENT: ['environment'],
  WONDERLAND_REGION: ['region'],
  WONDERLAND_AWS_ENDPOINT_URL: ['aws-endpoint-url'],
  WONDERLAND_SEALING_KEY: ['sealing-key'],
  WONDERLAND_TEMPORAL_ADDRESS: ['temporal', 'address'],
  WONDERLAND_TEMPORAL_NAMESPACE: ['temporal', 'namespace'],
  WONDERLAND_TEMPORAL_TASK_QUEUE: ['temporal', 'task-queue'],
  WONDERLAND_TEMPORAL_API_KEY: ['temporal', 'api-key'],
  WONDERLAND_TEMPORAL_BUILD_ID: ['temporal', 'worker-versioning', 'build-id'],
  WONDERLAND_DNS_WAIT_SECONDS: ['replacement', 'dns-wait-seconds'],
  WONDERLAND_IDLE_SECONDS: ['replacement', 'idle-seconds'],
  WONDERLAND_API_HOST: ['api', 'host'],
  WONDERLAND_API_PORT: ['api', 'port'],
};
