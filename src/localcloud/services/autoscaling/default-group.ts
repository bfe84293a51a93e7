/** The group every account begins with: the machines of its first cluster. */
import { DEFAULT_COUNT, DEFAULT_NAME } from '../ec2/defaults.ts';
import { SUBNETS, ZONES } from '../ec2/vpc.ts';
import type { Context } from './context.ts';
import { createGroup } from './group-operations.ts';

const MOST = 12;

export const addDefaultGroup = (context: Context): void => {
  const { engine, store, fleet, templates } = context;
  const { id, name } = templates.require({ LaunchTemplateName: DEFAULT_NAME });
  const template = { id, name, version: '$Latest' };
  const group = createGroup(context, {
    name: DEFAULT_NAME,
    min: DEFAULT_COUNT,
    max: MOST,
    desired: DEFAULT_COUNT,
    template,
    subnets: Object.keys(SUBNETS),
    zones: [...ZONES],
    tags: { Name: { value: DEFAULT_NAME, isPropagated: true } },
    causes: [],
  });
  store.add(group);
  for (const { instanceId, instanceType, availabilityZone, launchedAt } of fleet.list()) {
    store.enrol(group, {
      instanceId,
      instanceType,
      zone: availabilityZone,
      template: { ...template, version: '1' },
      state: 'InService',
      health: 'Healthy',
      isProtected: false,
      launchedAt,
      inServiceSince: launchedAt,
    });
  }
  engine.changed();
};
