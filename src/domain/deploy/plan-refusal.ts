import { serviceOfIncarnation } from '../ids.ts';
import type { ObservedRecord } from './observed.ts';
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

function refuseDomain(want: Want, observed: Observed): Refusal | undefined {
  const name = want.spec.endpoint?.domain;
  if (name === undefined || want.takeOverDomain) return undefined;
  const foreign = foreignRecord(want.service, observed);
  if (foreign === undefined) return undefined;
  const owner =
    foreign.pointsToService === undefined ? foreign.targets.join(', ') : `service ${foreign.pointsToService}`;
  return {
    code: 'conflict',
    message: `${name} already points elsewhere: to ${owner} (record type ${foreign.type})`,
    hint: `Choose another domain, or let ${name} move here: \`wl deploy ${want.service} --take-over-domain\`.`,
  };
}

/** A record of the domain that is not of this service: somebody else is served by it. */
export const foreignRecord = (
  service: string,
  { domain, balancer }: Pick<Observed, 'domain' | 'balancer'>,
): ObservedRecord | undefined =>
  domain?.records.find(
    (r) =>
      r.pointsToService !== service &&
      !r.targets.some((target) => belongsTo(service, target)) &&
      !(balancer !== undefined && r.targets.includes(aliasTarget(balancer.dnsName))),
  );

/** The DNS name of one of the service's load balancers, which may be gone by now: `<service>-<10 digits>-<digits>.…`. */
const belongsTo = (service: string, dnsName: string): boolean => {
  const name = /^(?:dualstack\.)?(?:internal-)?(.+)-[0-9]+\.[a-z0-9-]+\.elb\./.exec(dnsName)?.[1];
  return name !== undefined && serviceOfIncarnation(name) === service;
};
