import { z } from 'zod';
import { COMPONENT_NAME, SERVICE_NAME } from '../domain/ids.ts';
import { SIZES } from './sizes.ts';

const seconds = (from: number, to: number) => z.int().min(from).max(to);

const arn = (resource: string, what: string) =>
  z.string().regex(new RegExp(`^arn:aws[a-z-]*:${resource}$`), `must be the ARN of ${what}`);

const SECRET = 'secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+';
const PARAMETER = 'ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+(:[A-Za-z0-9_.-]+)?';
/** What ECS takes after the ARN of a secret: `:json-key:version-stage:version-id`, all three or nothing. */
const PART_OF_SECRET = '(:[^:]*){3}';

const secretArn = arn(
  `(${SECRET}(${PART_OF_SECRET})?|${PARAMETER})`,
  'a secret in Secrets Manager, perhaps with :json-key:version-stage:version-id, or of a parameter in SSM',
);

const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name has letters, digits and underscores, and no digit first');

/** A size by name or by number; the names and what they stand for are in `sizes.ts`. */
const size = (least: number, most: number, unit: string) =>
  z.union([z.enum(SIZES), z.int().min(least).max(most)], {
    error: `must be ${SIZES.join(', ')}, or a number of ${unit} from ${least} to ${most}`,
  });

const imageReference =
  /^(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

const hostName = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

const Component = z
  .strictObject({
    name: z
      .string()
      .regex(COMPONENT_NAME, 'must have 1 to 32 lower-case letters, digits and dashes')
      .meta({ description: 'Name of the container in the task; unique in the service.', examples: ['autoscaler'] }),
    image: z
      .string()
      .max(512)
      .regex(imageReference, 'must be an image, e.g. registry.example.com/app:v1')
      .meta({ description: 'Image to run, with a tag or a digest.', examples: ['registry.example.com/app:v1.0.3'] }),
    command: z
      .array(z.string())
      .min(1)
      .optional()
      .meta({ description: "Arguments that replace the image's own command.", examples: [['serve']] }),
    env: z.record(variableName, z.string()).default({}).meta({
      description: 'Environment variables. Not for secrets: everybody who may read the task definition sees them.',
    }),
    secrets: z
      .record(variableName, secretArn)
      .optional()
      .meta({ description: 'Environment variables that ECS fills from Secrets Manager or SSM, by ARN.' }),
    'registry-credentials': arn(SECRET, 'a secret in Secrets Manager')
      .optional()
      .meta({ description: 'ARN of the secret with user name and password of a private image registry.' }),
    capacity: z
      .strictObject({
        memory: size(6, 1_048_576, 'MiB').default('XS').meta({
          description: 'Hard limit: XS S M L XL 2XL 3XL are 64 128 256 512 1024 2048 4096 MiB; or a number of MiB.',
        }),
        cpu: size(2, 196_608, 'CPU units').default('XS').meta({
          description:
            'XS S M L XL 2XL 3XL are 32 64 128 256 512 1024 2048 CPU units; or a number of units. 1024 units are one vCPU.',
        }),
      })
      .prefault({})
      .meta({ description: 'What one task reserves of its instance.' }),
    links: z
      .array(
        z.strictObject({
          component: z.string().meta({ description: 'Name of another component of this service.' }),
          alias: z
            .string()
            .regex(COMPONENT_NAME)
            .optional()
            .meta({ description: "Host name; default: the component's name." }),
        }),
      )
      .optional()
      .meta({ description: 'Other components that this one reaches by host name.' }),
    logging: z
      .strictObject({
        types: z
          .array(z.string().regex(/^[a-z][a-z0-9_-]*$/, 'must have lower-case letters, digits, dashes and underscores'))
          .default([])
          .meta({ description: 'Formats of the log lines.', examples: [['json']] }),
      })
      .prefault({})
      .meta({ description: 'What the component logs.' }),
    'stop-timeout': seconds(2, 3600)
      .default(30)
      .meta({ description: 'Seconds between SIGTERM and SIGKILL when the task is stopped.' }),
  })
  .meta({ id: 'Component', description: 'One container of the task.' });

const HealthCheck = z
  .strictObject({
    path: z
      .string()
      .max(1024)
      .regex(/^\/[\x21-\x7e]*$/, 'must begin with a slash and have no spaces')
      .optional()
      .meta({
        description: 'Answers 200 when the task can serve. Needed for HTTP and HTTPS.',
        examples: ['/v1/health'],
      }),
    protocol: z.enum(['HTTP', 'HTTPS', 'TCP', 'SSL']).default('HTTP').meta({ description: 'How instances are asked.' }),
    interval: seconds(5, 300).default(10).meta({ description: 'Seconds between two checks of an instance.' }),
    timeout: seconds(2, 60).default(5).meta({ description: 'Seconds an answer may take; less than `interval`.' }),
    healthy: z.int().min(2).max(10).default(2).meta({ description: 'Good answers in a row until InService.' }),
    unhealthy: z.int().min(2).max(10).default(2).meta({ description: 'Bad answers in a row until OutOfService.' }),
    'grace-period': z
      .int()
      .min(0)
      .max(2_147_483_647)
      .default(60)
      .meta({ description: 'Seconds after its start in which ECS does not stop a task for failing checks.' }),
  })
  .meta({ id: 'HealthCheck', description: 'How the load balancer finds out whether an instance can serve.' });

const LoadBalancer = z.strictObject({
  private: z.boolean().default(false).meta({ description: 'True: reachable from inside the network only.' }),
  healthcheck: HealthCheck.prefault({}),
  ports: z
    .array(
      z.strictObject({
        port: z.int().min(1).max(65535).meta({ description: 'Port of the listener.' }),
        protocol: z
          .enum(['HTTP', 'HTTPS', 'TCP', 'SSL'])
          .meta({ description: 'HTTPS and SSL listeners use the certificate of the domain.' }),
      }),
    )
    .min(1)
    .max(100)
    .default([
      { port: 80, protocol: 'HTTP' },
      { port: 443, protocol: 'HTTPS' },
    ])
    .meta({ description: 'Listeners; default: 80 HTTP and 443 HTTPS.' }),
});

const Endpoint = z
  .strictObject({
    domain: z
      .string()
      .regex(hostName, 'must be a host name in lower case, e.g. app.example.com')
      .meta({ description: 'Host name in one of the hosted zones.', examples: ['autoscaler.example.com'] }),
    component: z
      .string()
      .optional()
      .meta({ description: 'Component behind the load balancer; default: the first one.' }),
    port: z.int().min(1).max(65535).meta({ description: 'Port on which the container listens.' }),
    'load-balancer': LoadBalancer.prefault({}).meta({ description: 'The classic load balancer of the service.' }),
  })
  .meta({ id: 'Endpoint', description: 'Where the service is reached; absent: a worker without a load balancer.' });

const Deployment = z
  .strictObject({
    timeout: seconds(1, 86_400)
      .default(180)
      .meta({ description: 'Seconds until every wanted task must run and be healthy.' }),
    'progress-timeout': seconds(1, 86_400).optional().meta({
      description:
        'Seconds in which something must move on: a task start, become healthy, or an old one go. Default: the timeout.',
    }),
    failures: z.int().min(1).max(100).default(3).meta({
      description: 'So many stopped tasks, or failed placements, of one cause end the rollout at once.',
    }),
    settle: seconds(0, 3600)
      .default(5)
      .meta({ description: 'Seconds in which no task may stop or turn unhealthy before the verdict.' }),
    'minimum-healthy': z
      .int()
      .min(0)
      .max(100)
      .default(50)
      .meta({ description: 'Percent of `scale` below which serving capacity never falls.' }),
    'on-failure': z
      .enum(['rollback'])
      .default('rollback')
      .meta({ description: 'What happens to a failed deployment.' }),
  })
  .meta({ id: 'Deployment', description: 'How a new revision is rolled out.' });

const AutoScaling = z
  .strictObject({
    enabled: z.boolean().default(true).meta({ description: 'False keeps the settings but leaves the scale alone.' }),
    'min-instances': z.int().min(0).max(100).default(1).meta({ description: 'Fewest tasks.' }),
    'max-instances': z.int().min(1).max(100).meta({ description: 'Most tasks.' }),
    'target-cpu-utilization': z.int().min(1).max(100).default(70).meta({ description: 'Percent of the reserved CPU.' }),
    'cooldown-scale-up': seconds(0, 86_400).default(120).meta({ description: 'Seconds after a scale-up.' }),
    'cooldown-scale-down': seconds(0, 86_400).default(300).meta({ description: 'Seconds after a scale-down.' }),
  })
  .meta({ id: 'AutoScaling', description: 'Scales the service by its CPU utilization.' });

const Notifications = z
  .strictObject({
    slack: z
      .string()
      .regex(/^[#@][^\s]+$/, 'must be a channel like #team')
      .optional()
      .meta({ description: 'Slack channel.' }),
    pagerduty: arn(`(${SECRET}|${PARAMETER})`, 'a secret in Secrets Manager or of a parameter in SSM')
      .optional()
      .meta({ description: 'ARN of the secret with the PagerDuty integration key.' }),
    email: z.email('must be an e-mail address').optional().meta({ description: 'E-mail address.' }),
  })
  .meta({ id: 'Notifications', description: 'Who hears of deployments.' });

/** `wonderland.yaml`, key for key. */
export const ManifestSchema = z
  .strictObject({
    scale: z.int().min(0).max(100).default(1).meta({ description: 'Wanted number of tasks.' }),
    team: z
      .string()
      .regex(SERVICE_NAME, 'must have 2 to 21 lower-case letters, digits and dashes, and begin with a letter')
      .optional()
      .meta({ description: "Team that owns the service; default: the caller's." }),
    components: z
      .array(Component)
      .min(1)
      .max(10)
      .meta({ description: 'Containers of one task; the first is the main one.' }),
    endpoint: Endpoint.optional(),
    deployment: Deployment.prefault({}),
    'auto-scaling': AutoScaling.optional(),
    notifications: Notifications.optional(),
    iam: z
      .strictObject({
        'role-arn': arn('iam::[0-9]{12}:role/[A-Za-z0-9/_+=,.@-]+', 'an IAM role').meta({
          description: 'Role of the task.',
        }),
      })
      .optional()
      .meta({ description: 'What the service may do in AWS.' }),
  })
  .meta({ title: 'wonderland.yaml', description: 'A service that Wonderland runs on AWS ECS.' });

/** The manifest with its defaults, before cross-checks. */
export type Manifest = z.output<typeof ManifestSchema>;
