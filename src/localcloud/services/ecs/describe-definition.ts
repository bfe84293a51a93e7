import type { Params } from '../../engine/contract.ts';
import { seconds } from '../epoch.ts';
import type { TaskDefinition } from './model.ts';

export const describeDefinition = (definition: TaskDefinition): Params => ({
  taskDefinitionArn: definition.arn,
  containerDefinitions: definition.containers,
  family: definition.family,
  revision: definition.revision,
  volumes: [],
  status: definition.status,
  requiresAttributes: definition.requiresAttributes.map((name) => ({ name })),
  placementConstraints: [],
  compatibilities: definition.compatibilities,
  ...definition.rest,
  registeredAt: seconds(definition.registeredAt),
  registeredBy: definition.registeredBy,
  deregisteredAt: seconds(definition.deregisteredAt),
  deleteRequestedAt: seconds(definition.deleteRequestedAt),
});
