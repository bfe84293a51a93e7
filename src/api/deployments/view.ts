import type { Config } from '../../config.ts';
import type { Account, DeploymentView } from '../../domain/api.ts';
import type { Progress } from '../../domain/events.ts';
import type { Run } from './run.ts';

/** A change as the API shows it. `progress` wins over what Temporal's visibility says. */
export function viewOf(
  run: Run,
  facts: {
    config: Pick<Config, 'temporal'>;
    account: Account;
    progress?: Pick<Progress, 'phase' | 'verdict'>;
    waitingForWorker: boolean;
  },
): DeploymentView {
  const { service, id, kind, actor, startedAt, endedAt } = run;
  const self = deploymentPath(service, id);
  const webUi = facts.config.temporal['web-ui-url'];
  const { namespace } = facts.config.temporal;
  const verdict = facts.progress?.verdict;
  return {
    service,
    id,
    kind,
    phase: facts.progress?.phase ?? run.phase,
    actor,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(verdict === undefined ? {} : { verdict }),
    waitingForWorker: facts.waitingForWorker,
    ...(run.workerVersion !== undefined && { workerVersion: run.workerVersion }),
    account: facts.account,
    links: {
      self,
      events: `${self}/events`,
      cancel: `${self}/cancel`,
      ...(webUi === undefined
        ? {}
        : {
            webUi: `${webUi.replace(/\/$/, '')}/namespaces/${namespace}/workflows/${encodeURIComponent(run.workflowId)}/${run.runId}`,
          }),
    },
  };
}

export const deploymentPath = (service: string, id: string): string => `/v1/services/${service}/deployments/${id}`;
