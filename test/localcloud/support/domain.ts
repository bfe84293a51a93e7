import { DescribeLoadBalancersCommand, ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListHostedZonesByNameCommand,
  Route53Client,
  type Route53ClientConfig,
} from '@aws-sdk/client-route-53';
import { until } from './http.ts';

/** An alias for the load balancer; comes back when the change is INSYNC. */
export const pointDomain = async (sdk: Route53ClientConfig, host: string, balancer: string): Promise<void> => {
  const elb = new ElasticLoadBalancingClient(sdk as object);
  // One change of a zone at a time: the SDK itself tries again when there is another.
  const route53 = new Route53Client({ ...sdk, maxAttempts: 8 });
  const found = await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: [balancer] }));
  const { DNSName, CanonicalHostedZoneNameID } = found.LoadBalancerDescriptions![0]!;
  const { HostedZones } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: 'example.com' }));
  const target = { HostedZoneId: CanonicalHostedZoneNameID, DNSName: `dualstack.${DNSName}` };
  const AliasTarget = { ...target, EvaluateTargetHealth: false };
  const { ChangeInfo } = await route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: HostedZones![0]!.Id,
      ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet: { Name: host, Type: 'A', AliasTarget } }] },
    }),
  );
  await until(
    () => route53.send(new GetChangeCommand({ Id: ChangeInfo!.Id })),
    (change) => change.ChangeInfo!.Status === 'INSYNC',
    200,
  );
};
