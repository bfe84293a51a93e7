import { z } from 'zod';
import type {
  ChangeRequest,
  DeploymentRequest,
  DeploymentView,
  OpenChange,
  Problem,
  RollbackRequest,
  ScaleRequest,
  ServiceStatus,
  ServiceSummary,
  TaskRow,
} from '../domain/api.ts';
import { CHANGE_KINDS, CONFLICT_POLICIES } from '../domain/change.ts';
import { ERRORS, WonderlandError, type ErrorCode } from '../domain/errors.ts';
import type { Phase, Verdict } from '../domain/events.ts';
import { DEPLOYMENT_ID, SERVICE_NAME } from '../domain/ids.ts';

/** Schemas that the OpenAPI document names. */
export const API_SCHEMAS = z.registry<{ id: string }>();

const milliseconds = z.int().meta({ description: 'Milliseconds since the epoch.' });
const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

export const ServiceName = z
  .string()
  .regex(SERVICE_NAME)
  .meta({ examples: ['autoscaler'] })
  .register(API_SCHEMAS, { id: 'ServiceName' });
export const DeploymentId = z
  .string()
  .regex(DEPLOYMENT_ID)
  .meta({ description: 'Unix seconds.', examples: ['1466583476'] })
  .register(API_SCHEMAS, { id: 'DeploymentId' });

export const LimitSchema = z.coerce.number().int().min(1).max(50).default(20);

/** Number of the last event that the client has. */
export const CursorSchema = z.coerce.number().int().min(0).default(0);

const onConflict = z.enum(CONFLICT_POLICIES).optional().meta({
  description:
    'While another change of the service runs: wait for it, ask it to stop and put back what it did, or end as `locked`.',
  default: 'queue',
});

export const DeploymentRequestSchema = z
  .strictObject({
    manifest: z.string().meta({ description: 'Text of the manifest, variables already filled in.' }),
    file: z.string().max(1_024).optional().meta({ description: 'Name used in issues.', default: 'wonderland.yaml' }),
    takeOverDomain: z
      .boolean()
      .optional()
      .meta({ description: "Let the domain's record move away from what it points to now." }),
    onConflict,
  })
  .register(API_SCHEMAS, { id: 'DeploymentRequest' }) satisfies z.ZodType<DeploymentRequest>;

const id = DeploymentId.optional().meta({
  description: 'The same body under the same id is the same change. Default: the next free second.',
});

export const ChangeRequestSchema = z
  .strictObject({ id, onConflict })
  .register(API_SCHEMAS, { id: 'ChangeRequest' }) satisfies z.ZodType<ChangeRequest>;

export const RollbackRequestSchema = z
  .strictObject({
    id,
    to: DeploymentId.optional().meta({
      description: 'Deployment to go back to. Default: the last one that passed its gates and is not what runs now.',
    }),
    onConflict,
  })
  .register(API_SCHEMAS, { id: 'RollbackRequest' }) satisfies z.ZodType<RollbackRequest>;

export const ScaleRequestSchema = z
  .strictObject({ id, desired: z.int().min(0).max(100).meta({ description: 'Wanted number of tasks.' }), onConflict })
  .register(API_SCHEMAS, { id: 'ScaleRequest' }) satisfies z.ZodType<ScaleRequest>;

const IssueSchema = z
  .object({
    file: z.string(),
    line: z.int(),
    column: z.int(),
    path: z.string(),
    message: z.string(),
    hint: z.string().optional(),
  })
  .register(API_SCHEMAS, { id: 'Issue' });

export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(codes),
    instance: z.string(),
    requestId: z.string(),
    hint: z.string().optional(),
    issues: z.array(IssueSchema).optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ description: 'RFC 9457; branch on `code`.' })
  .register(API_SCHEMAS, { id: 'Problem' }) satisfies z.ZodType<Problem>;

const AccountSchema = z
  .object({ id: z.string(), region: z.string(), environment: z.string() })
  .register(API_SCHEMAS, { id: 'Account' });

const PHASES = [
  'queued',
  'observing',
  'preflight',
  'acting',
  'rolling-update',
  'health-gate',
  'settling',
  'switching-dns',
  'retiring',
  'finishing',
  'rolling-back',
  'succeeded',
  'failed',
  'cancelled',
  'superseded',
] as const satisfies Phase[];
const KindSchema = z
  .enum(CHANGE_KINDS)
  .meta({ description: 'What a change does.' })
  .register(API_SCHEMAS, { id: 'ChangeKind' });
const PhaseSchema = z.enum(PHASES).register(API_SCHEMAS, { id: 'Phase' }) satisfies z.ZodType<Phase>;

const VerdictSchema = z
  .object({
    ok: z.boolean(),
    code: z.enum(['succeeded', 'no_change', ...codes]),
    message: z.string(),
    hint: z.string().optional(),
    diagnosis: z.object({ cause: z.string(), facts: z.array(z.string()), hint: z.string().optional() }).optional(),
    revision: z.string().optional(),
    cancelledBy: z.string().optional(),
    undo: z.string().optional().meta({ description: 'The command that undoes a change that succeeded.' }),
  })
  .register(API_SCHEMAS, { id: 'Verdict' }) satisfies z.ZodType<Verdict>;

export const DeploymentViewSchema = z
  .object({
    service: ServiceName,
    id: DeploymentId,
    kind: KindSchema,
    phase: PhaseSchema,
    actor: z.string(),
    startedAt: milliseconds,
    endedAt: milliseconds.optional(),
    verdict: VerdictSchema.optional().meta({ description: 'Present once it has ended.' }),
    waitingForWorker: z.boolean(),
    workerVersion: z.string().optional().meta({
      description: 'With worker versioning: the version it began on and stays with, as `deployment:build`.',
    }),
    account: AccountSchema,
    links: z.object({ self: z.string(), events: z.string(), cancel: z.string(), webUi: z.string().optional() }),
  })
  .register(API_SCHEMAS, { id: 'Deployment' }) satisfies z.ZodType<DeploymentView>;

export const DeploymentListSchema = z
  .object({ deployments: z.array(DeploymentViewSchema) })
  .register(API_SCHEMAS, { id: 'DeploymentList' });

const TaskRowSchema = z
  .object({
    machine: z.string(),
    component: z.string(),
    status: z.string(),
    startedAt: milliseconds.optional(),
    deployment: z.string(),
    elb: z.string(),
  })
  .register(API_SCHEMAS, { id: 'TaskRow' }) satisfies z.ZodType<TaskRow>;

const OpenChangeSchema = z
  .object({
    id: DeploymentId,
    kind: KindSchema,
    phase: PhaseSchema,
    actor: z.string(),
    startedAt: milliseconds,
    pending: z.boolean().meta({ description: 'It waits for another one to end.' }),
  })
  .register(API_SCHEMAS, { id: 'OpenChange' }) satisfies z.ZodType<OpenChange>;

export const ServiceStatusSchema = z
  .object({
    service: ServiceName,
    team: z.string(),
    currentDeployment: DeploymentId.optional(),
    desiredScale: z.int(),
    tasks: z.array(TaskRowSchema),
    changes: z.array(OpenChangeSchema),
    account: AccountSchema,
  })
  .register(API_SCHEMAS, { id: 'ServiceStatus' }) satisfies z.ZodType<ServiceStatus>;

export const ServiceSummarySchema = z
  .object({
    service: ServiceName,
    team: z.string(),
    currentDeployment: DeploymentId.optional(),
    desired: z.int(),
    running: z.int(),
  })
  .register(API_SCHEMAS, { id: 'Service' }) satisfies z.ZodType<ServiceSummary>;

export const ServiceListSchema = z
  .object({ services: z.array(ServiceSummarySchema) })
  .register(API_SCHEMAS, { id: 'ServiceList' });

/**
 * Checks a part of a request. Says where it is wrong, never what was sent.
 * @throws WonderlandError `usage`.
 */
export function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${[what, ...path].join('.')}: ${message}`);
  throw new WonderlandError('usage', faults.join('; '), { hint: 'GET /v1/openapi.json describes every request.' });
}
