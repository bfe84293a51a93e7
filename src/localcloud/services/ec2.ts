/** Amazon EC2: instances, launch templates, the default VPC; and the machines the other services stand on. */
import type { Persistent } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import { describeOperations } from './ec2/describe-operations.ts';
import { addDefaultMachines, addDefaultTemplate } from './ec2/defaults.ts';
import { createFleet, type Fleet } from './ec2/fleet.ts';
import { instanceOperations } from './ec2/instance-operations.ts';
import { instanceTypeOperations } from './ec2/instance-types.ts';
import { launchTemplateOperations } from './ec2/launch-template-operations.ts';
import { createLaunchTemplates, type LaunchTemplates } from './ec2/launch-templates.ts';
import { tagOperations } from './ec2/tags.ts';
import { vpcOperations } from './ec2/vpc-operations.ts';

export type { Fleet, MachineFaults } from './ec2/fleet.ts';
export { SUBNETS, VPC_ID } from './ec2/vpc.ts';

export interface Ec2 extends Parts {
  machines: Fleet;
  templates: LaunchTemplates;
}

interface Saved {
  fleet: unknown;
  templates: unknown;
}

/** The instances, their API, and what the state file keeps of them. */
export const createMachines = (engine: Engine): Ec2 => {
  const machines = createFleet(engine);
  const templates = createLaunchTemplates(engine);
  let isKnown = false;

  const persistent: Persistent = {
    key: 'ec2',
    save: (): Saved => ({ fleet: machines.save(), templates: templates.save() }),
    load: (data) => {
      const saved = data as Saved;
      machines.load(saved.fleet);
      templates.load(saved.templates);
      isKnown = true;
    },
    start: async () => {
      if (!isKnown) addDefaultMachines(engine, machines, addDefaultTemplate(engine, templates));
      machines.resume();
    },
    stop: async () => undefined,
  };

  return {
    machines,
    templates,
    services: [
      {
        scope: 'ec2',
        model: 'ec2',
        validationCode: 'InvalidParameterValue',
        missingCode: 'MissingParameter',
        throttlingCode: 'RequestLimitExceeded',
        internalCode: 'InternalError',
        persistent,
        operations: {
          ...describeOperations(engine, machines),
          ...instanceOperations(engine, machines, templates),
          ...launchTemplateOperations(engine, templates),
          ...tagOperations(machines, templates),
          ...instanceTypeOperations(),
          ...vpcOperations(engine, machines),
        },
      },
    ],
  };
};
