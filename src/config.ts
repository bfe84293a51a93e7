import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { SERVICE_NAME } from './domain/ids.ts';
import { WonderlandError } from './domain/errors.ts';
import { parseYamlDocument } from './yaml-document.ts';

const name = z.string().min(1);
/** Temporal writes a version as `deployment:build`, and formerly with a dot. */
const VERSION_PART = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Schema of `wonderland.config.yaml`: one installation, that is one environment in one AWS account. */
export const ConfigSchema = z
  .strictObject({
    environment: z.string().regex(SERVICE_NAME).meta({ description: 'Name of the environment, e.g. `production`.' }),
    region: z.string().default('eu-west-1'),
    'aws-endpoint-url': z
      .url()
      .optional()
      .meta({ description: 'Another endpoint for every AWS service, e.g. the local cloud.' }),
    clusters: z
      .array(
        z.strictObject({
          name,
          subnets: z.array(name).default([]),
          'security-groups': z.array(name).default([]),
          'auto-scaling-group': name.optional(),
          'host-ports': z
            .strictObject({
              from: z.int().min(1024).max(65535).default(11000),
              to: z.int().min(1024).max(65535).default(12999),
            })
            .prefault({}),
        }),
      )
      .min(1),
    'hosted-zones': z.array(z.strictObject({ name, id: name.optional() })).default([]),
    certificates: z
      .record(z.string(), z.string())
      .default({})
      .meta({ description: 'ACM certificate ARN by domain; others are looked up in ACM.' }),
    teams: z.array(z.string().regex(SERVICE_NAME)).min(1),
    tokens: z
      .array(
        z.strictObject({
          name,
          sha256: z.string().regex(/^[0-9a-f]{64}$/),
          team: z.string().regex(SERVICE_NAME),
          admin: z.boolean().default(false),
        }),
      )
      .default([]),
    'sealing-key': z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=$/, 'expected 32 bytes in base64')
      .meta({ description: 'Seals environment values on their way through Temporal.' }),
    'execution-role-arn': z
      .string()
      .regex(/^arn:aws[a-z-]*:iam::[0-9]{12}:role\/./, 'expected the ARN of an IAM role')
      .optional()
      .meta({
        description: 'Role with which the ECS agent reads `secrets` and `registry-credentials` of a manifest.',
      }),
    replacement: z
      .strictObject({
        'dns-wait-seconds': z.int().min(0).max(86_400).default(60).meta({
          description:
            'How long the old load balancer stays after a DNS change is INSYNC; the TTL of the old record when longer.',
        }),
        'idle-seconds': z.int().min(0).max(600).default(60).meta({
          description: 'How long the old load balancer must have had no request before it is deleted.',
        }),
      })
      .prefault({})
      .meta({ description: 'When a service gets a new load balancer beside the old one.' }),
    'log-retention-days': z.int().min(1).default(30),
    temporal: z
      .strictObject({
        address: z.string().default('127.0.0.1:7233'),
        namespace: z.string().default('default'),
        'task-queue': z.string().default('wonderland'),
        'api-key': z.string().optional(),
        tls: z
          .strictObject({ 'ca-file': name.optional(), 'cert-file': name.optional(), 'key-file': name.optional() })
          .optional(),
        'web-ui-url': z.url().optional(),
        'worker-versioning': z
          .strictObject({
            'deployment-name': z.string().regex(VERSION_PART).default('wonderland'),
            'build-id': z.string().regex(VERSION_PART).optional().meta({
              description: 'Default: made from the workflow code, so that it changes whenever that does.',
            }),
          })
          .optional()
          .meta({ description: 'A change of a service stays with the build of the worker that it began on.' }),
      })
      .prefault({}),
    api: z
      .strictObject({ host: z.string().default('127.0.0.1'), port: z.int().min(0).max(65535).default(8300) })
      .prefault({}),
    registry: z
      .strictObject({
        'endpoint-url': z
          .url()
          .optional()
          .meta({ description: 'Asked instead of every image registry, e.g. the local cloud.' }),
      })
      .prefault({}),
    integrations: z.strictObject({ 'datadog-url': z.url().optional() }).prefault({}),
  })
  .meta({ id: 'WonderlandConfig' });

export type Config = z.infer<typeof ConfigSchema>;

/** `WONDERLAND_…` variables that override single values, by their place in the file. */
const OVERRIDES: Record<string, string[]> = {
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

const NUMBERS = new Set(['WONDERLAND_API_PORT', 'WONDERLAND_DNS_WAIT_SECONDS', 'WONDERLAND_IDLE_SECONDS']);

/**
 * Reads the configuration: the file named by `WONDERLAND_CONFIG` (default `wonderland.config.yaml`), then single
 * values from the environment.
 * @throws WonderlandError `spec_invalid` with issues, or `not_found` when there is no such file.
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const file = environment.WONDERLAND_CONFIG ?? 'wonderland.config.yaml';
  const config = parseYamlDocument(ConfigSchema, read(file), file);
  const overridden = structuredClone(config) as Record<string, unknown>;
  for (const [variable, path] of Object.entries(OVERRIDES)) {
    const value = environment[variable];
    if (value !== undefined) assign(overridden, path, NUMBERS.has(variable) ? Number(value) : value);
  }
  const result = ConfigSchema.safeParse(overridden);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new WonderlandError(
    'spec_invalid',
    `The environment overrides ${issue?.path.join('.')} with a wrong value: ${issue?.message}`,
    {
      hint: `Check the WONDERLAND_… variables: ${Object.keys(OVERRIDES).join(', ')}`,
    },
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new WonderlandError('not_found', `There is no configuration file ${file}`, {
      hint: 'Name one in WONDERLAND_CONFIG, or run `wl local start`, which writes its own.',
      cause,
    });
  }
}

function assign(target: Record<string, unknown>, path: string[], value: unknown): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) target[key] = value;
  else assign((target[key] ??= {}) as Record<string, unknown>, rest, value);
}
