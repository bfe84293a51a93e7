/** What the classic ELB API answers, in the names of its model. */
import type { Params } from '../../engine/contract.ts';
import type { Attributes, Listener, LoadBalancer, Policy } from './model.ts';
import { APP_COOKIE, LB_COOKIE } from './policy-types.ts';

/** Canonical hosted zone of the classic balancers of eu-west-1; aliases name it. */
export const HOSTED_ZONE_ID = 'Z32O12XQLNTSW2';

const describeListener = (listener: Listener): Params => ({
  Listener: {
    Protocol: listener.protocol,
    LoadBalancerPort: listener.loadBalancerPort,
    InstanceProtocol: listener.instanceProtocol,
    InstancePort: listener.instancePort,
    SSLCertificateId: listener.certificateId,
  },
  PolicyNames: listener.policyNames,
});

export const describeInstances = (instanceIds: readonly string[]): Params[] =>
  instanceIds.map((InstanceId) => ({ InstanceId }));

export const describeHealthCheck = ({ healthCheck }: Pick<LoadBalancer, 'healthCheck'>): Params => ({
  Target: healthCheck.target,
  Interval: healthCheck.intervalSeconds,
  Timeout: healthCheck.timeoutSeconds,
  UnhealthyThreshold: healthCheck.unhealthyThreshold,
  HealthyThreshold: healthCheck.healthyThreshold,
});

const describePolicies = ({ policies }: Pick<LoadBalancer, 'policies'>): Params => {
  const valueOf = ({ attributes }: Policy): string | undefined => attributes[0]?.value;
  const ofType = (type: string): Policy[] => policies.filter((policy) => policy.type === type);
  return {
    AppCookieStickinessPolicies: ofType(APP_COOKIE).map((policy) => ({
      PolicyName: policy.name,
      CookieName: valueOf(policy),
    })),
    LBCookieStickinessPolicies: ofType(LB_COOKIE).map((policy) => ({
      PolicyName: policy.name,
      CookieExpirationPeriod: valueOf(policy),
    })),
    OtherPolicies: policies.filter(({ type }) => type !== APP_COOKIE && type !== LB_COOKIE).map(({ name }) => name),
  };
};

export const describeLoadBalancer = (
  balancer: LoadBalancer,
  instanceIds: readonly string[],
  { vpcId, account }: { vpcId: string; account: string },
): Params => ({
  LoadBalancerName: balancer.name,
  DNSName: balancer.dnsName,
  CanonicalHostedZoneName: balancer.scheme === 'internet-facing' ? balancer.dnsName : undefined,
  CanonicalHostedZoneNameID: HOSTED_ZONE_ID,
  ListenerDescriptions: balancer.listeners.map(describeListener),
  Policies: describePolicies(balancer),
  BackendServerDescriptions: Object.entries(balancer.backendPolicies).map(([port, PolicyNames]) => ({
    InstancePort: Number(port),
    PolicyNames,
  })),
  AvailabilityZones: balancer.zones,
  Subnets: balancer.subnets,
  VPCId: vpcId,
  Instances: describeInstances(instanceIds),
  HealthCheck: describeHealthCheck(balancer),
  SourceSecurityGroup: { OwnerAlias: account, GroupName: 'default' },
  SecurityGroups: balancer.securityGroups,
  CreatedTime: new Date(balancer.createdAt),
  Scheme: balancer.scheme,
});

export const describeAttributes = ({
  crossZone,
  accessLog,
  draining,
  idleTimeoutSeconds,
  desyncMitigationMode,
}: Attributes): Params => ({
  CrossZoneLoadBalancing: { Enabled: crossZone },
  AccessLog: {
    Enabled: accessLog.enabled,
    S3BucketName: accessLog.bucket,
    EmitInterval: accessLog.enabled ? accessLog.emitIntervalMinutes : undefined,
    S3BucketPrefix: accessLog.prefix,
  },
  ConnectionDraining: { Enabled: draining.enabled, Timeout: draining.timeoutSeconds },
  ConnectionSettings: { IdleTimeout: idleTimeoutSeconds },
  AdditionalAttributes: [{ Key: 'elb.http.desyncmitigationmode', Value: desyncMitigationMode }],
});
