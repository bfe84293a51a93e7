import { serviceOfIncarnation } from '../ids.ts';
import type { Observed, Refusal, Want } from './plan.ts';
import { aliasTarget } from './plan-balancer.ts';

/** Why the plan is not even made; undefined when nothing speaks against it. */
export const refusalOf = (want: Want, observed: Observed): Refusal | undefined =>
  refuseTeam(want, observed) ?? refuseDomain(want, observed);

/** Two teams may ask for one new name at the same moment; who comes second finds it taken. */
function refuseTeam({ service: name, team }: Want, { service }: Observed): Refusal | undefined {
  if (service?.team === undefined || service.team === team) return undefined;
  return {
    code: 'forbidden',
    message: `The service ${name} belongs to the team ${service.team}, and this deployment is of ${team}`,
    hint: `Deploy it as ${service.team}, or choose another name.`,
  };
}

function refuseDomain(want: Want, { domain, balancer }: Observed): Refusal | undefined {
  const name = want.spec.endpoint?.domain;
  if (name === undefined || domain === undefined || want.takeOverDomain) return undefined;
  const foreign = domain.records.find(
    (r) =>
      r.pointsToService !== want.service &&
      !r.targets.some((target) => belongsTo(want.service, target)) &&
      !(balancer !== undefined && r.targets.includes(aliasTarget(balancer.dnsName))),
  );
  if (foreign === undefined) return undefined;
  const owner =
    foreign.pointsToService === undefined ? foreign.targets.join(', ') : `service ${foreign.pointsToService}`;
  return {
    code: 'conflict',
    message: `${name} already points elsewhere: to ${owner} (record type ${foreign.type})`,
    hint: `Choose another domain, or run the deployment again with --take-over-domain to let ${name} move here.`,
  };
}

/** The DNS name of one of the service's load balancers, which may be gone by now: `<service>-<10 digits>-<digits>.…`. */
const belongsTo = (service: string, dnsName: string): boolean => {
  const name = /^(?:dualstack\.)?(?:internal-)?(.+)-[0-9]+\.[a-z0-9-]+\.elb\./.exec(dnsName)?.[1];
  return name !== undefined && serviceOfIncarnation(name) === service;
};
