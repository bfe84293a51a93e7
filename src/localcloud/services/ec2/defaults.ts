/** What every account begins with: the launch template of its cluster, and four machines of it. */
import type { Engine } from '../../registration.ts';
import type { Fleet } from './fleet.ts';
import type { LaunchTemplate, LaunchTemplates } from './launch-templates.ts';
import type { Instance } from './model.ts';
import { addressIn, SECURITY_GROUP_ID, SUBNETS } from './vpc.ts';

/** Name of the first cluster, its launch template and its Auto Scaling group. */
export const DEFAULT_NAME = 'crims';
export const DEFAULT_COUNT = 4;

const IMAGE_ID = 'ami-0c1a55e5c1a55e500';
const INSTANCE_TYPE = 'm5.large';
const USER_DATA = `#!/bin/bash\necho ECS_CLUSTER=${DEFAULT_NAME} >> /etc/ecs/ecs.config\n`;

export const addDefaultTemplate = (engine: Engine, templates: LaunchTemplates): LaunchTemplate =>
  templates.create(
    { name: DEFAULT_NAME, createdBy: `arn:aws:iam::${engine.account}:root`, tags: {} },
    {
      ImageId: IMAGE_ID,
      InstanceType: INSTANCE_TYPE,
      SecurityGroupIds: [SECURITY_GROUP_ID],
      UserData: Buffer.from(USER_DATA).toString('base64'),
    },
  );

export const addDefaultMachines = (engine: Engine, fleet: Fleet, template: LaunchTemplate): void => {
  const places = Object.entries(SUBNETS);
  const machines = Array.from({ length: DEFAULT_COUNT }, (_, i): Instance => {
    const [subnetId, availabilityZone] = places[i % places.length]!;
    return {
      instanceId: `i-${engine.random.hex(8)}`,
      instanceType: INSTANCE_TYPE,
      imageId: IMAGE_ID,
      availabilityZone,
      subnetId,
      privateIpAddress: addressIn(subnetId, Math.floor(i / places.length)),
      address: engine.network.allocate('instance'),
      state: 'running',
      ecsCluster: DEFAULT_NAME,
      reservationId: `r-0${engine.random.hex(16)}`,
      launchIndex: 0,
      securityGroupIds: [SECURITY_GROUP_ID],
      launchedAt: engine.clock.now(),
      runningSince: engine.clock.now(),
      transitionReason: '',
      isProtectedFromTermination: false,
      isProtectedFromStop: false,
      tags: {
        Name: `${DEFAULT_NAME}-${i + 1}`,
        'aws:ec2launchtemplate:id': template.id,
        'aws:ec2launchtemplate:version': '1',
        'aws:autoscaling:groupName': DEFAULT_NAME,
      },
    };
  });
  fleet.adopt(machines);
};
