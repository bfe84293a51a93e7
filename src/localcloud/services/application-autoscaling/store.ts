/** Targets, policies and scheduled actions, and how calls lead to them. */
import { AwsError, type Fleet, type FleetService, type Params } from '../../engine/contract.ts';
import { DIMENSION, NAMESPACE, type Policy, type Saved, type ScheduledAction, type Target } from './model.ts';

export const invalid = (message: string): AwsError => new AwsError('ValidationException', message);
export const limitExceeded = (message: string): AwsError => new AwsError('LimitExceededException', message);
export const invalidToken = (): AwsError =>
  new AwsError('InvalidNextTokenException', 'The specified token is not valid.');
const notFound = (message: string): AwsError => new AwsError('ObjectNotFoundException', message);

const UNSUPPORTED = 'Unsupported service namespace, resource type or scalable dimension';

const named = ({ ServiceNamespace, ResourceId, ScalableDimension }: Params): string =>
  `service namespace: ${ServiceNamespace}, resource ID: ${ResourceId}, scalable dimension: ${ScalableDimension}`;

export type Store = ReturnType<typeof createStore>;

export const createStore = (fleet: Fleet) => {
  const targets = new Map<string, Target>();
  const policies = new Map<string, Policy>();
  const scheduledActions = new Map<string, ScheduledAction>();

  /** Of a call about one resource. @throws ValidationException for what is no ECS service */
  const resourceOf = (params: Params): string => {
    const { ServiceNamespace, ScalableDimension, ResourceId } = params;
    const isService = /^service\/[\w-]+\/[\w-]+$/.test(String(ResourceId));
    if (ServiceNamespace !== NAMESPACE || ScalableDimension !== DIMENSION || !isService) throw invalid(UNSUPPORTED);
    return String(ResourceId);
  };
  const services = (): Map<string, FleetService> =>
    new Map(fleet.services().map((one) => [`service/${one.cluster}/${one.service}`, one]));
  const childKey = (resourceId: string, name: string): string => `${resourceId}\n${name}`;

  return {
    targets,
    policies,
    scheduledActions,
    resourceOf,
    childKey,
    /** By resource id, as they are now. */
    services,
    service: (resourceId: string): FleetService | undefined => services().get(resourceId),
    /** @throws ObjectNotFoundException when it is to be deregistered and is not there */
    registered: (params: Params): Target => {
      const target = targets.get(resourceOf(params));
      if (target === undefined) throw notFound(`No scalable target found for ${named(params)}`);
      return target;
    },
    /** @throws ObjectNotFoundException when something is to be attached to it and it is not there */
    owner: (params: Params): Target => {
      const target = targets.get(resourceOf(params));
      if (target === undefined) throw notFound(`No scalable target registered for ${named(params)}`);
      return target;
    },
    policy: (params: Params): Policy => {
      const policy = policies.get(childKey(resourceOf(params), params.PolicyName));
      if (policy === undefined)
        throw notFound(`No scaling policy found for ${named(params)}, policy name: ${params.PolicyName}`);
      return policy;
    },
    scheduledAction: (params: Params): ScheduledAction => {
      const action = scheduledActions.get(childKey(resourceOf(params), params.ScheduledActionName));
      if (action === undefined) {
        throw notFound(
          `No scheduled action found for ${named(params)}, scheduled action name: ${params.ScheduledActionName}`,
        );
      }
      return action;
    },
    policiesOf: (resourceId: string): Policy[] => [...policies.values()].filter((one) => one.resourceId === resourceId),
    scheduledActionsOf: (resourceId: string): ScheduledAction[] =>
      [...scheduledActions.values()].filter((one) => one.resourceId === resourceId),
    /** Whether an answer of a Describe call has it, by the filters they share. */
    isWanted: (params: Params, resourceId: string): boolean =>
      params.ServiceNamespace === NAMESPACE &&
      (params.ScalableDimension === undefined || params.ScalableDimension === DIMENSION) &&
      (params.ResourceId === undefined || params.ResourceId === resourceId),
    save: (): Omit<Saved, 'activities'> => ({
      targets: [...targets.values()],
      policies: [...policies.values()],
      scheduledActions: [...scheduledActions.values()],
    }),
    load: (saved: Saved): void => {
      for (const target of saved.targets) targets.set(target.resourceId, target);
      for (const policy of saved.policies) policies.set(childKey(policy.resourceId, policy.name), policy);
      for (const action of saved.scheduledActions)
        scheduledActions.set(childKey(action.resourceId, action.name), action);
    },
  };
};
