/** A service behind a load balancer and a name, made with AWS calls alone. */
import {
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  type Service,
} from '@aws-sdk/client-ecs';
import {
  ConfigureHealthCheckCommand,
  CreateLoadBalancerCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingClient,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListHostedZonesByNameCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import type { CloudProcess } from './cloud.ts';
import { until } from './http.ts';

export interface ServiceWish {
  name: string;
  hostPort: number;
  scale: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
}

export type DeployableService = ReturnType<typeof deployableService>;

export const deployableService = (cloud: CloudProcess, wish: ServiceWish) => {
  const ecs = new ECSClient(cloud.sdk);
  const elb = new ElasticLoadBalancingClient(cloud.sdk);
  const route53 = new Route53Client(cloud.sdk);
  const { name, hostPort } = wish;
  const host = `${name}.example.com`;

  const registerRevision = async (tag: string): Promise<string> => {
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: name,
        containerDefinitions: [
          {
            name: 'web',
            image: `registry.example.com/app:${tag}`,
            cpu: 64,
            memory: 128,
            essential: true,
            portMappings: [{ containerPort: 80, hostPort }],
          },
        ],
      }),
    );
    return taskDefinition!.taskDefinitionArn!;
  };

  const createBalancer = async (): Promise<void> => {
    const LoadBalancerName = name;
    const listener = { Protocol: 'HTTP', LoadBalancerPort: 80, InstanceProtocol: 'HTTP', InstancePort: hostPort };
    const AvailabilityZones = ['eu-west-1a', 'eu-west-1b'];
    await elb.send(new CreateLoadBalancerCommand({ LoadBalancerName, AvailabilityZones, Listeners: [listener] }));
    const limits = { Interval: 10, Timeout: 5, HealthyThreshold: 2, UnhealthyThreshold: 2 };
    const HealthCheck = { Target: `HTTP:${hostPort}/health`, ...limits };
    await elb.send(new ConfigureHealthCheckCommand({ LoadBalancerName, HealthCheck }));
    const LoadBalancerAttributes = {
      CrossZoneLoadBalancing: { Enabled: true },
      ConnectionDraining: { Enabled: true, Timeout: 180 },
    };
    await elb.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerName, LoadBalancerAttributes }));
  };

  const pointDomain = async (): Promise<void> => {
    const found = await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: [name] }));
    const { DNSName, CanonicalHostedZoneNameID } = found.LoadBalancerDescriptions![0]!;
    const zones = await route53.send(new ListHostedZonesByNameCommand({ DNSName: 'example.com' }));
    const AliasTarget = {
      HostedZoneId: CanonicalHostedZoneNameID,
      DNSName: `dualstack.${DNSName}`,
      EvaluateTargetHealth: false,
    };
    const ResourceRecordSet = { Name: host, Type: 'A' as const, AliasTarget };
    const { ChangeInfo } = await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zones.HostedZones![0]!.Id,
        ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet }] },
      }),
    );
    await until(
      () => route53.send(new GetChangeCommand({ Id: ChangeInfo!.Id })),
      (change) => change.ChangeInfo!.Status === 'INSYNC',
      200,
    );
  };

  const describe = async (): Promise<Service> => {
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster: 'crims', services: [name] }));
    return services![0]!;
  };

  /** Exactly one deployment, every wanted task running. */
  const isStable = ({ deployments = [], runningCount, desiredCount }: Service): boolean =>
    deployments.length === 1 && runningCount === desiredCount;

  return {
    ...wish,
    host,
    describe,
    create: async (tag: string): Promise<void> => {
      const taskDefinition = await registerRevision(tag);
      await createBalancer();
      const { scale: desiredCount, minimumHealthyPercent, maximumPercent } = wish;
      await ecs.send(
        new CreateServiceCommand({
          cluster: 'crims',
          serviceName: name,
          taskDefinition,
          desiredCount,
          deploymentConfiguration: { minimumHealthyPercent, maximumPercent },
          loadBalancers: [{ loadBalancerName: name, containerName: 'web', containerPort: 80 }],
          healthCheckGracePeriodSeconds: 60,
        }),
      );
      await Promise.all([pointDomain(), until(describe, isSteady, 200)]);
    },
    update: async (tag: string): Promise<void> => {
      const taskDefinition = await registerRevision(tag);
      await ecs.send(new UpdateServiceCommand({ cluster: 'crims', service: name, taskDefinition }));
      await until(describe, (service) => isStable(service) && isSteady(service), 200);
    },
  };
};

/** The newest event says so: every task is in service, nothing is left to stop. */
const isSteady = ({ events = [] }: Service): boolean =>
  events[0]?.message?.endsWith('has reached a steady state.') ?? false;
