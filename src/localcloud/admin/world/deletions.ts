/** Things that somebody deletes behind the orchestrator's back; nothing brings them back but a deployment. */
import type { Params } from '../../engine/contract.ts';
import type { Hand } from '../hand.ts';
import { AdminError } from '../route.ts';
import { worldEvent } from './event.ts';
import { CLUSTER, findService } from './find.ts';

const withDot = (name: string): string => (name.endsWith('.') ? name.toLowerCase() : `${name.toLowerCase()}.`);

/** The zone with the longest name the record lies in. @throws AdminError 404 */
const zoneOf = async (hand: Hand, name: string): Promise<Params> => {
  const { HostedZones } = await hand.look('route53', 'ListHostedZones', {});
  const zones = (HostedZones as Params[]).filter((zone) => `.${withDot(name)}`.endsWith(`.${String(zone.Name)}`));
  const [best] = zones.toSorted((a, b) => String(b.Name).length - String(a.Name).length);
  if (best !== undefined) return best;
  throw new AdminError(404, `no hosted zone holds ${name}`);
};

export const deletionEvents = [
  worldEvent({
    name: 'delete-service',
    what: 'Somebody deletes an ECS service by hand.',
    members: {
      service: { type: 'text', what: 'ECS service, or the name its incarnations share' },
      cluster: { type: 'text', what: CLUSTER, isOptional: true },
    },
    run: async ({ service, cluster = CLUSTER }, { hand }) => {
      const name = String((await findService(hand, cluster, service)).serviceName);
      await hand.act('ecs', 'DeleteService', { cluster, service: name, force: true });
      return { did: `deleted the service ${name}` };
    },
  }),
  worldEvent({
    name: 'delete-load-balancer',
    what: 'Somebody deletes a load balancer.',
    members: { loadBalancer: { type: 'text', what: 'its name' } },
    run: async ({ loadBalancer }, { hand }) => {
      await hand.act('elasticloadbalancing', 'DeleteLoadBalancer', { LoadBalancerName: loadBalancer });
      return { did: `deleted the load balancer ${loadBalancer}` };
    },
  }),
  worldEvent({
    name: 'delete-listener',
    what: 'Somebody deletes a listener of a load balancer.',
    members: {
      loadBalancer: { type: 'text', what: 'its name' },
      port: { type: 'number', least: 1, most: 65_535, what: 'port of the listener' },
    },
    run: async ({ loadBalancer, port }, { hand }) => {
      const params = { LoadBalancerName: loadBalancer, LoadBalancerPorts: [port] };
      await hand.act('elasticloadbalancing', 'DeleteLoadBalancerListeners', params);
      return { did: `deleted the listener ${port} of ${loadBalancer}` };
    },
  }),
  worldEvent({
    name: 'delete-record',
    what: 'Somebody deletes a DNS record.',
    members: {
      record: { type: 'text', what: 'its name, as autoscaler.example.com' },
      type: { type: 'text', what: 'A', isOptional: true },
    },
    run: async ({ record, type = 'A' }, { hand }) => {
      const { Id: HostedZoneId } = await zoneOf(hand, record);
      const start = { HostedZoneId, StartRecordName: withDot(record), StartRecordType: type };
      const { ResourceRecordSets } = await hand.look('route53', 'ListResourceRecordSets', start);
      const [ResourceRecordSet] = ResourceRecordSets as Params[];
      if (ResourceRecordSet?.Name !== withDot(record) || ResourceRecordSet.Type !== type)
        throw new AdminError(404, `there is no record ${record} of type ${type}`);
      const ChangeBatch = { Changes: [{ Action: 'DELETE', ResourceRecordSet }] };
      await hand.act('route53', 'ChangeResourceRecordSets', { HostedZoneId, ChangeBatch });
      return { did: `deleted the record ${record} ${type}` };
    },
  }),
  worldEvent({
    name: 'delete-health-check',
    what: 'Somebody deletes a health check of Route 53.',
    members: { healthCheckId: { type: 'text', what: 'its id' } },
    run: async ({ healthCheckId }, { hand }) => {
      await hand.act('route53', 'DeleteHealthCheck', { HealthCheckId: healthCheckId });
      return { did: `deleted the health check ${healthCheckId}` };
    },
  }),
  worldEvent({
    name: 'deregister-revision',
    what: 'Somebody deregisters a revision of a task definition.',
    members: { taskDefinition: { type: 'text', what: 'family:revision or ARN' } },
    run: async ({ taskDefinition }, { hand }) => {
      await hand.act('ecs', 'DeregisterTaskDefinition', { taskDefinition });
      return { did: `deregistered ${taskDefinition}` };
    },
  }),
];
