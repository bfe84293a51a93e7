import { cancellationSignal } from '@temporalio/activity';
import { deleteService } from '../cloud/ecs-drain.ts';
import { createService, tagRelease, updateService, type ReleaseTags, type UpdateHow } from '../cloud/ecs-service.ts';
import type { Owner, ServiceWant } from '../domain/deploy/service-want.ts';
import type { Deps } from './deps.ts';
import { asFailure } from './failure.ts';

export const createServiceActivities = ({ clients }: Deps) => ({
  /** Answers the id of the PRIMARY deployment, `ecs-svc/…`. */
  createService: (
    want: ServiceWant & {
      owner: Owner;
      hostPorts: number[];
      token: string;
      behind?: { balancer: string; component: string; containerPort: number };
    },
  ): Promise<string> => asFailure(() => createService(clients.ecs, want, cancellationSignal())),

  /** Answers the id of the deployment that runs the wanted revision. */
  updateService: ({ before, force, past, ...want }: ServiceWant & UpdateHow): Promise<string> =>
    asFailure(() => updateService(clients.ecs, want, { before, force, past }, cancellationSignal())),

  tagRelease: (release: ReleaseTags): Promise<void> =>
    asFailure(() => tagRelease(clients.ecs, release, cancellationSignal())),

  deleteService: ({ cluster, name }: { cluster: string; name: string }): Promise<void> =>
    asFailure(() => deleteService(clients.ecs, cluster, name, cancellationSignal())),
});
