import { cancellationSignal } from '@temporalio/activity';
import { putBoard } from '../cloud/dashboards.ts';
import { ensureTopic } from '../cloud/notifications.ts';
import { deleteHealthChecks, ensureHealthCheck, ofIncarnation, ofService } from '../cloud/health-checks.ts';
import { ownName } from '../cloud/tags.ts';
import type { Owner } from '../domain/deploy/service-want.ts';
import { WonderlandError } from '../domain/errors.ts';
import { deploymentRef } from '../domain/ids.ts';
import type { EndpointSpec } from '../domain/service-spec.ts';
import type { Deps } from './deps.ts';
import { asFailure } from './failure.ts';

/** A release that just passed, as outside systems are told of it. */
export interface Release {
  owner: Owner;
  id: string;
  cluster: string;
  incarnation: string;
  actor: string;
  endpoint?: EndpointSpec;
  /** The name the service had before, when it has another one now. */
  previousDomain?: string;
  /** The service was here before, and nothing of it ran any more. */
  isMadeAgain?: true;
}

/** Each does one thing and answers the line that says so. All may be repeated. */
export const createIntegrationActivities = ({ clients, config }: Deps) => ({
  createBoard: ({ owner, cluster, incarnation }: Release): Promise<string> =>
    asFailure(async () => {
      await putBoard(
        clients.cloudwatch,
        { name: ownName(owner), cluster, incarnation, region: config.region },
        cancellationSignal(),
      );
      return `[Boards] Creating Board for Service [${owner.team}] ${owner.service}`;
    }),

  postDeploymentEvent: ({ owner, id, actor }: Release): Promise<string> =>
    asFailure(async () => {
      const url = config.integrations['datadog-url'];
      if (url === undefined) return '[Datadog] Not configured';
      const signal = AbortSignal.any([cancellationSignal(), AbortSignal.timeout(5_000)]);
      const ref = deploymentRef(owner.service, id);
      const body = {
        title: `Deployed ${ref}`,
        text: `${actor} deployed ${ref} to ${owner.environment}`,
        aggregation_key: ref,
        tags: [
          `service:${owner.service}`,
          `team:${owner.team}`,
          `environment:${owner.environment}`,
          `deployment:${id}`,
        ],
      };
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal }).catch(
        () => undefined,
      );
      if (answer?.ok === true) return '[Datadog] Creating Deployment Event';
      // The URL may carry a key, so it is not repeated here.
      throw new WonderlandError(
        'unavailable',
        `The event endpoint ${answer === undefined ? 'does not answer' : `answers ${answer.status}`}`,
        {
          hint: 'Check `integrations.datadog-url` in the configuration.',
        },
      );
    }),

  ensureChannel: ({ owner }: Release): Promise<string> =>
    asFailure(async () => {
      await ensureTopic(clients.sns, owner, cancellationSignal());
      return `[Notifications] Notification channel is /v1/teams/${owner.team}/channels/${owner.service}`;
    }),

  ensureStatusCheck: ({
    owner,
    id,
    incarnation,
    endpoint,
    previousDomain,
    isMadeAgain,
  }: Release): Promise<{ line: string; isRepaired: boolean }> =>
    asFailure(async () => {
      const signal = cancellationSignal();
      // Checks of incarnations that somebody deleted would be left for ever.
      const isOf = isMadeAgain === true ? ofService(owner.service) : ofIncarnation(incarnation);
      if (endpoint === undefined) {
        if (isMadeAgain === true) await deleteHealthChecks(clients.route53, { isOf }, signal);
        return { line: '[StatusCheck] No endpoint to check', isRepaired: false };
      }
      const { domain, healthCheck, listeners } = endpoint;
      const listener = listeners.find((l) => l.protocol === 'HTTPS') ?? listeners[0];
      const protocol = listener?.protocol === 'HTTP' || listener?.protocol === 'HTTPS' ? listener.protocol : 'TCP';
      const want = {
        incarnation,
        id,
        domain,
        port: listener?.port ?? 443,
        protocol,
        ...(protocol === 'TCP' || healthCheck.path === undefined ? {} : { path: healthCheck.path }),
        owner,
      } as const;
      const { id: keep, isRepaired } = await ensureHealthCheck(clients.route53, want, signal);
      if (isRepaired || previousDomain !== undefined || isMadeAgain === true)
        await deleteHealthChecks(clients.route53, { isOf, keep }, signal);
      const line = isRepaired
        ? `[StatusCheck] The health check was gone or changed; the CheckID is now ${keep}`
        : `[StatusCheck] CheckID is ${keep}`;
      return { line, isRepaired };
    }),
});
