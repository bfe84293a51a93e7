import { findBalancer } from '../admin/world/find.ts';
import type { Params } from '../engine/contract.ts';
import { DEPLOYER } from './own-service.ts';
import { OWN, type Scenario, type StageHands } from './scenario.ts';

/** How late the change is (cloud seconds). */
const LATE_SECONDS = 300;
/** AWS says that a change is INSYNC within so long, as a rule (cloud milliseconds). */
const USUAL = 60_000;

/** A name for the service the scenario has made, so that there is a change to be late. */
const pointName = async ({ hand, run, world, ...hands }: StageHands): Promise<void> => {
  const record = `${run.service}.${world.engine.domain}`;
  const { HostedZones } = await hand.look('route53', 'ListHostedZones', {});
  const zone = (HostedZones as Params[]).find(({ Name }) => Name === `${world.engine.domain}.`);
  const { DNSName, CanonicalHostedZoneNameID } = await findBalancer(hand, run.service);
  const AliasTarget = {
    HostedZoneId: CanonicalHostedZoneNameID as string,
    DNSName: `dualstack.${String(DNSName)}`,
    EvaluateTargetHealth: false,
  };
  const Changes = [{ Action: 'UPSERT', ResourceRecordSet: { Name: record, Type: 'A', AliasTarget } }];
  const params = { HostedZoneId: zone?.Id as string, ChangeBatch: { Changes } };
  await hand.act('route53', 'ChangeResourceRecordSets', params, DEPLOYER);
  hands.undoBy('delete-record', { record });
};

export const dnsLate: Scenario = {
  number: 16,
  name: 'dns-late',
  title: 'A DNS change is INSYNC late',
  aws: 'A change of records is PENDING until every name server has it, which as a rule takes less than a minute and may take far longer; resolvers keep the old answer for its TTL after that. Whoever deletes the old load balancer before both have passed cuts his users off.',
  seen: [
    'GetChange: PENDING for five minutes, then INSYNC.',
    'Name servers, and the ingress, answer as before until then.',
  ],
  undone: 'DNS changes are INSYNC in time.',
  own: { ...OWN, deploys: false },
  steps: [
    {
      what: 'Changes of DNS stay PENDING; a service the scenario has made gets a name.',
      when: 'beginning',
      do: async (hands) => {
        await hands.happen('hold-dns', {});
        if (hands.run.isOwn) await pointName(hands);
      },
    },
    {
      what: 'Five minutes later they become INSYNC.',
      when: 'beginning',
      afterSeconds: LATE_SECONDS,
      do: async (hands) => {
        await hands.happen('release-dns', {});
        hands.run.facts.isOver = 1;
      },
    },
  ],
  signs: [
    {
      what: 'a change is PENDING for longer than a minute',
      isShown: ({ hands }) => {
        const { pendingChanges } = hands.world.route53.report();
        return pendingChanges.some(({ submittedAt }) => hands.engine.clock.now() - submittedAt > USUAL);
      },
    },
    {
      what: 'in the end it is INSYNC',
      isShown: ({ run, hands }) => run.facts.isOver === 1 && hands.world.route53.report().pendingChanges.length === 0,
    },
  ],
};
