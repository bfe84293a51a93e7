import assert from 'node:assert/strict';
import { ACMClient, DescribeCertificateCommand, RequestCertificateCommand } from '@aws-sdk/client-acm';
import { DeleteServiceCommand, DeregisterTaskDefinitionCommand, UntagResourceCommand } from '@aws-sdk/client-ecs';
import {
  ConfigureHealthCheckCommand,
  DeleteLoadBalancerCommand,
  DeleteLoadBalancerListenersCommand,
  SetLoadBalancerListenerSSLCertificateCommand,
  type HealthCheck,
} from '@aws-sdk/client-elastic-load-balancing';
import { ChangeResourceRecordSetsCommand, DeleteHealthCheckCommand } from '@aws-sdk/client-route-53';
import { deployWorkflowId } from '../../src/domain/ids.ts';
import { eventually } from '../setup/eventually.ts';
import { ingressOf, startLoad } from '../setup/load.ts';
import { sharedStack, type Stack } from '../setup/stack.ts';
import { deployed, post } from './support/api.ts';
import { assertAlone, describeBalancer, healthChecksOf } from './support/alone.ts';
import { awsOf, CLUSTER, journalEnd, recordsOf, requireEcsService, tagsOf, zoneId } from './support/aws.ts';
import { assertServes } from './support/ingress.ts';
import { domainOf, manifestOf } from './support/manifest.ts';
import { sideBySide } from './support/side-by-side.ts';
import { withTemporal } from './support/temporal.ts';
import { assertTold, assertVerdict, deploy, untilTold, type Told } from './support/told.ts';

const FULL = process.env.WL_TEST_FULL === '1';

/** What somebody may do to a service by hand. */
type Piece = 'service' | 'balancer' | 'listener' | 'record' | 'status check' | 'revision' | 'check';

describe('What somebody deleted or changed by hand', () => {
  let stack: Stack;
  const prepare = async () => {
    stack = await sharedStack();
  };

  async function setCheck(LoadBalancerName: string, change: Partial<HealthCheck>): Promise<void> {
    const { HealthCheck } = await describeBalancer(stack, LoadBalancerName);
    const changed = { ...(HealthCheck as HealthCheck), ...change };
    await awsOf(stack).elb.send(new ConfigureHealthCheckCommand({ LoadBalancerName, HealthCheck: changed }));
  }

  /** Does it as a person would, and answers what the next deployment has to say of it. */
  const breakPiece: Record<Piece, (service: string, name: string) => Promise<string>> = {
    service: async (_service, name) => {
      await awsOf(stack).ecs.send(new DeleteServiceCommand({ cluster: CLUSTER, service: name, force: true }));
      return `Repairing: the ECS service ${name} is gone, and its load balancer is still there`;
    },
    balancer: async (_service, name) => {
      await awsOf(stack).elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName: name }));
      return `Repairing: the load balancer ${name} is gone`;
    },
    listener: async (_service, name) => {
      const listener = { LoadBalancerName: name, LoadBalancerPorts: [80] };
      await awsOf(stack).elb.send(new DeleteLoadBalancerListenersCommand(listener));
      return `Repairing: the load balancer ${name} has no listener HTTP 80`;
    },
    record: async (service) => {
      const Changes = (await recordsOf(stack, domainOf(service))).map((ResourceRecordSet) => ({
        Action: 'DELETE' as const,
        ResourceRecordSet,
      }));
      const change = { HostedZoneId: await zoneId(stack), ChangeBatch: { Changes } };
      await awsOf(stack).route53.send(new ChangeResourceRecordSetsCommand(change));
      return `Repairing: the record ${domainOf(service)} is gone`;
    },
    'status check': async (service) => {
      for (const { Id: HealthCheckId } of await healthChecksOf(stack, service))
        await awsOf(stack).route53.send(new DeleteHealthCheckCommand({ HealthCheckId }));
      return '[StatusCheck] The health check was gone or changed; the CheckID is now ';
    },
    revision: async (service) => {
      const { taskDefinition = '' } = await requireEcsService(stack, service);
      await awsOf(stack).ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
      const revision = taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1);
      return `Repairing: the task definition revision that runs was deregistered (${revision})`;
    },
    check: async (_service, name) => {
      const { HealthCheck } = await describeBalancer(stack, name);
      const Target = HealthCheck?.Target?.replace('/health', '/elsewhere/health') ?? '';
      await setCheck(name, { Target });
      return `Repairing: somebody changed the health check of ${name} to ${Target}`;
    },
  };

  /** Deploys, breaks some pieces, deploys the same again, and once more. Answers the names before and after. */
  async function repairs(service: string, pieces: Piece[], expected = pieces): Promise<{ was: string; is: string }> {
    const manifest = manifestOf({ service });
    await deployed(stack, service, manifest);
    const was = await assertAlone(stack, service);
    const said: string[] = [];
    for (const piece of pieces) {
      const line = await breakPiece[piece](service, was);
      if (expected.includes(piece)) said.push(line);
    }
    const repair = await deploy(stack, service, manifest);
    assertVerdict(repair, 'succeeded');
    for (const line of said)
      assert.ok(
        repair.lines.some((l) => l.startsWith(line)),
        `${line}\n${repair.lines.join('\n')}`,
      );
    const is = await assertAlone(stack, service);
    await assertServes(stack, domainOf(service), 'v1');
    assertVerdict(await deploy(stack, service, manifest), 'no_change');
    assert.equal(await assertAlone(stack, service), is);
    return { was, is };
  }
  const repairsInPlace = async (service: string, pieces: Piece[]): Promise<void> => {
    const { was, is } = await repairs(service, pieces);
    assert.equal(is, was);
  };

  /** Somebody broke the load balancer's check, and ECS stops one task after the other since. */
  async function curesTheCheck(): Promise<void> {
    const service = 'sick-check';
    const manifest = manifestOf({ service, scale: 2 });
    await deployed(stack, service, manifest);
    const name = await assertAlone(stack, service);
    await setCheck(name, { Target: 'TCP:9' });
    const unhealthy = async () => {
      const { events = [] } = await requireEcsService(stack, service);
      return events.filter((e) => e.message?.includes(' is unhealthy in (elb ')).length >= 4;
    };
    await eventually('ECS has found four tasks unhealthy', unhealthy, 120);
    const repair = await deploy(stack, service, manifest);
    assertVerdict(repair, 'succeeded');
    assertTold(repair, `Repairing: somebody changed the health check of ${name} to TCP:9`);
    await assertServes(stack, domainOf(service), 'v1');
    assertVerdict(await deploy(stack, service, manifest), 'no_change');
  }

  sideBySide(prepare, {
    'an ECS service': () => repairsInPlace('lost-service', ['service']),
    'a load balancer': () => repairsInPlace('lost-balancer', ['balancer']),
    'a Route 53 health check': () => repairsInPlace('lost-check', ['status check']),
    'listener, record, health checks and revision together': () =>
      repairsInPlace('lost-much', ['listener', 'record', 'status check', 'revision', 'check']),
    'ECS service and load balancer together, so that only record, health check and revision are left': async () => {
      const { was, is } = await repairs('lost-core', ['service', 'balancer'], []);
      assert.notEqual(is, was);
    },
    "a load balancer's health check, so that ECS stops every task again and again": curesTheCheck,
    "the certificate of a load balancer's listener": async () => {
      const service = 'other-cert';
      const manifest = manifestOf({ service });
      await deployed(stack, service, manifest);
      const name = await assertAlone(stack, service);
      const certificateOf = async () => {
        const { ListenerDescriptions = [] } = await describeBalancer(stack, name);
        return ListenerDescriptions.find(({ Listener }) => Listener?.Protocol === 'HTTPS')?.Listener?.SSLCertificateId;
      };
      const released = await certificateOf();
      assert.ok(released);
      await awsOf(stack).elb.send(
        new SetLoadBalancerListenerSSLCertificateCommand({
          LoadBalancerName: name,
          LoadBalancerPort: 443,
          SSLCertificateId: await certificateFor('elsewhere.example.com'),
        }),
      );
      assert.notEqual(await certificateOf(), released);
      const told = await deploy(stack, service, manifest);
      assertVerdict(told, 'succeeded');
      assertTold(told, `Setting the certificate of ELB ${name}`);
      assert.equal(await certificateOf(), released);
      assertVerdict(await deploy(stack, service, manifest), 'no_change');
    },
    'a load balancer, when the change that made it again was terminated before its tasks': async () => {
      const service = 'bereft';
      // So that ECS does not replace what fails its health checks.
      const manifest = manifestOf({ service, scale: 2, graceSeconds: 7200 });
      await deployed(stack, service, manifest);
      const name = await assertAlone(stack, service);
      await awsOf(stack).elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName: name }));
      const after = await journalEnd(stack);
      // Long enough for somebody to step in before ECS hears of it.
      await stack.fault({ service: 'ecs', operation: 'UpdateService', parameters: name, kind: 'error', count: 5 });
      const id = await post(stack, service, { manifest });
      await eventually('UpdateService has failed', async () =>
        (await stack.journal({ operation: 'UpdateService', after: String(after) })).some((e) =>
          e.resource?.endsWith(name),
        ),
      );
      await withTemporal(stack, (temporal) => temporal.workflow.getHandle(deployWorkflowId(service, id)).terminate());
      const told = await deploy(stack, service, manifest);
      assertVerdict(told, 'succeeded');
      assertTold(told, `Repairing: tasks that are older than the load balancer ${name} are not registered at it`);
      await assertServes(stack, domainOf(service), 'v1');
      assertVerdict(await deploy(stack, service, manifest), 'no_change');
    },
    'a change that was terminated after its DNS switch: the next one serves, and no request is lost': () =>
      outlivesTermination('cut-late', { at: 'Waiting 5s for resolvers ', tag: 'v2', next: 'new' }),
    ...(FULL && {
      'the tags of an ECS service: it is still the one that serves, and has them again': async () => {
        const service = 'nameless';
        await deployed(stack, service, manifestOf({ service }));
        const name = await assertAlone(stack, service);
        const { serviceArn: resourceArn = '' } = await requireEcsService(stack, service);
        const tagKeys = Object.keys(await tagsOf(stack, resourceArn));
        await awsOf(stack).ecs.send(new UntagResourceCommand({ resourceArn, tagKeys }));
        assertVerdict(await deploy(stack, service, manifestOf({ service, tag: 'v2' })), 'succeeded');
        assert.equal(await assertAlone(stack, service), name);
        await assertServes(stack, domainOf(service), 'v2');
        assert.equal((await tagsOf(stack, resourceArn))['wonderland:service'], service);
      },
      'a listener': () => repairsInPlace('lost-listener', ['listener']),
      'a record': () => repairsInPlace('lost-record', ['record']),
      'a task definition revision': () => repairsInPlace('lost-revision', ['revision']),
      "the target of a load balancer's health check": () => repairsInPlace('other-target', ['check']),
      'load balancer, record, Route 53 health check and revision together': () =>
        repairsInPlace('lost-front', ['balancer', 'record', 'status check', 'revision']),
      'everything there is of it': async () => {
        const { was, is } = await repairs(
          'lost-all',
          ['revision', 'service', 'balancer', 'record', 'status check'],
          [],
        );
        assert.notEqual(is, was);
      },
      "the interval and a threshold of a load balancer's health check": async () => {
        const service = 'other-interval';
        const manifest = manifestOf({ service });
        await deployed(stack, service, manifest);
        const name = await assertAlone(stack, service);
        const { HealthCheck } = await describeBalancer(stack, name);
        await setCheck(name, { Interval: 30, HealthyThreshold: 10 });
        assertVerdict(await deploy(stack, service, manifest), 'succeeded');
        assert.deepEqual((await describeBalancer(stack, name)).HealthCheck, HealthCheck);
        assertVerdict(await deploy(stack, service, manifest), 'no_change');
      },
      'a change that was terminated before its gates: its incarnation goes, and no request is lost': () =>
        outlivesTermination('cut-early', { at: 'Waiting for service ', tag: 'v2-slowstart600', next: 'old' }),
      'a change that was terminated after its DNS switch, by the release before it': () =>
        outlivesTermination('cut-back', { at: 'Waiting 5s for resolvers ', tag: 'v2', next: 'old' }),
    }),
  });

  /** ARN of an issued certificate that somebody has asked for. */
  async function certificateFor(DomainName: string): Promise<string> {
    const acm = new ACMClient({
      endpoint: stack.client.awsEndpointUrl,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIAWONDERLANDOTHER1', secretAccessKey: 'other-secret-key' },
    });
    const { CertificateArn = '' } = await acm.send(
      new RequestCertificateCommand({ DomainName, ValidationMethod: 'DNS' }),
    );
    const describe = async () => (await acm.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate;
    const proof = (await describe())?.DomainValidationOptions?.[0]?.ResourceRecord;
    const ResourceRecords = [{ Value: proof?.Value }];
    const ResourceRecordSet = { Name: proof?.Name, Type: proof?.Type, TTL: 60, ResourceRecords };
    const ChangeBatch = { Changes: [{ Action: 'CREATE' as const, ResourceRecordSet }] };
    await awsOf(stack).route53.send(
      new ChangeResourceRecordSetsCommand({ HostedZoneId: await zoneId(stack), ChangeBatch }),
    );
    await eventually('the certificate is issued', async () => (await describe())?.Status === 'ISSUED', 60);
    return CertificateArn;
  }

  /** A replacement whose workflow somebody terminates in Temporal, under load, and the deployment after it. */
  async function outlivesTermination(
    service: string,
    { at, tag, next }: { at: string; tag: string; next: 'old' | 'new' },
  ): Promise<void> {
    const old = manifestOf({ service, scale: 2 });
    const replacement = manifestOf({ service, scale: 2, tag, path: '/v1/health', graceSeconds: 1200 });
    await deployed(stack, service, old);
    const name = await assertAlone(stack, service);
    const load = startLoad(ingressOf(stack.client), domainOf(service), {
      clients: 4,
      pauseMilliseconds: 100,
    });
    let left: string | undefined;
    let told: Told;
    try {
      const id = await post(stack, service, { manifest: replacement });
      left = `${service}-${id}`;
      await untilTold(stack, service, id, at);
      await withTemporal(stack, ({ workflow }) => workflow.getHandle(deployWorkflowId(service, id)).terminate());
      told = await deploy(stack, service, next === 'old' ? old : replacement);
    } finally {
      const { requests, failures, versions } = await load.stop();
      console.log(`  ${service}: ${requests} requests, ${failures.length} failures, ${JSON.stringify(versions)}`);
      assert.deepEqual(failures, [], `${failures.length} of ${requests} requests were lost`);
    }
    assertVerdict(told, 'succeeded');
    const is = await assertAlone(stack, service);
    if (next === 'old') {
      assert.equal(is, name);
      assertTold(told, `Repairing: ${left} is left over from a change that was broken off`);
    }
    await assertServes(stack, domainOf(service), next === 'old' ? 'v1' : tag);
    assertVerdict(await deploy(stack, service, next === 'old' ? old : replacement), 'no_change');
  }
});
