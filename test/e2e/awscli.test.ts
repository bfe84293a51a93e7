import assert from 'node:assert/strict';
import type { Service } from '@aws-sdk/client-ecs';
import { createKit, sdkConfig, spawnCloud, type CloudProcess, type Kit } from '../localcloud/cloud-kit.ts';
import { pointDomain } from '../localcloud/support/domain.ts';
import { visit } from './support/ingress.ts';
import { meanwhile } from './support/side-by-side.ts';
import { eventually } from '../setup/eventually.ts';
import { run } from '../setup/process.ts';
import { pythonTool } from '../setup/python.ts';

/** The CLI's waiter looks every 15 s of real time: so fast that the second look finds a finished rollout. */
const SPEED = 40;
const INTERVAL_SECONDS = 5;
const UNHEALTHY_THRESHOLD = 3;
const DOMAIN = 'rolled.example.com';

describe('the aws CLI against the local cloud, without Temporal or a worker', function () {
  this.timeout(120_000);
  const file = pythonTool('aws');
  if (file === undefined) {
    it.skip('performs a rollout (without awscli: Python 3 is missing)');
    return;
  }
  let cloud: CloudProcess;
  let kit: Kit;
  // Most of it is waiting: for the cloud, and for the CLI's waiter.
  const rolledOut = meanwhile('the aws CLI', async () => {
    cloud = await spawnCloud(['--speed', String(SPEED)]);
    kit = createKit(cloud.url);
    return rollOut();
  });
  after(async () => {
    kit.close();
    await cloud.kill('SIGTERM');
  });

  const aws = async (command: string): Promise<string> => {
    const { credentials, region } = sdkConfig(cloud.url);
    const env = {
      PATH: process.env.PATH,
      AWS_ENDPOINT_URL: cloud.url,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
    const { code, stdout, stderr } = await run(file, [...command.split(' '), '--output', 'json'], { env });
    assert.equal(code, 0, `aws ${command}: ${stderr}`);
    return stdout;
  };
  const register = (family: string, tag: string, hostPort: number) => {
    const portMappings = [{ containerPort: 80, hostPort }];
    const image = `registry.example.com/web:${tag}`;
    const containers = JSON.stringify([{ name: 'web', image, cpu: 32, memory: 64, portMappings }]);
    return aws(`ecs register-task-definition --family ${family} --container-definitions ${containers}`);
  };
  const balance = async (name: string, hostPort: number) => {
    const listener = `Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=${hostPort}`;
    const check = `Target=HTTP:${hostPort}/health,Interval=${INTERVAL_SECONDS},Timeout=2,UnhealthyThreshold=${UNHEALTHY_THRESHOLD},HealthyThreshold=2`;
    await aws(
      `elb create-load-balancer --load-balancer-name ${name} --availability-zones eu-west-1a eu-west-1b --listeners ${listener}`,
    );
    await aws(`elb configure-health-check --load-balancer-name ${name} --health-check ${check}`);
  };

  const steady = (name: string) =>
    eventually(`${name} reaches a steady state`, async () => {
      const { events } = await kit.describe(name);
      return events?.[0]?.message?.endsWith('has reached a steady state.');
    });

  const rollOut = async (): Promise<{ events: string[]; stalled: Service }> => {
    const percents = (minimum: number, maximum: number) =>
      `--deployment-configuration minimumHealthyPercent=${minimum},maximumPercent=${maximum}`;
    await Promise.all([balance('rolled', 11_000), register('rolled', 'v1', 11_000), register('stalled', 'v1', 11_001)]);
    await Promise.all([
      aws(
        'ecs create-service --cluster crims --service-name rolled --task-definition rolled:1 --desired-count 2 ' +
          `--load-balancers loadBalancerName=rolled,containerName=web,containerPort=80 ${percents(100, 200)} ` +
          '--health-check-grace-period-seconds 60',
      ),
      aws(
        'ecs create-service --cluster crims --service-name stalled --task-definition stalled:1 --desired-count 4 ' +
          percents(100, 100),
      ),
      register('rolled', 'v2', 11_000),
      register('stalled', 'v2', 11_001),
    ]);
    await Promise.all([steady('rolled'), steady('stalled')]);

    await Promise.all([
      aws('ecs update-service --cluster crims --service rolled --task-definition rolled:2'),
      aws('ecs update-service --cluster crims --service stalled --task-definition stalled:2'),
    ]);
    await aws('ecs wait services-stable --cluster crims --services rolled');
    const described = await aws('ecs describe-services --cluster crims --services rolled');
    return { events: eventsOf(described), stalled: await kit.describe('stalled') };
  };

  it('performs a rollout, with the events of AWS in their order', () => {
    assert.deepEqual(rolledOut().events, [
      'has started 2 tasks: (task T) (task T).',
      'registered 2 instances in (elb rolled)',
      '(deployment ecs-svc/N) deployment completed.',
      'has reached a steady state.',
      'has started 2 tasks: (task T) (task T).',
      'registered 2 instances in (elb rolled)',
      'deregistered 2 instances in (elb rolled)',
      'has begun draining connections on 2 tasks.',
      'has stopped 2 running tasks: (task T) (task T).',
      '(deployment ecs-svc/N) deployment completed.',
      'has reached a steady state.',
    ]);
  });

  it('stalls where AWS stalls, with its words: both percentages 100, and no free instance', () => {
    const { stalled } = rolledOut();
    assert.equal(
      stalled.events?.[0]?.message,
      '(service stalled) was unable to stop or start tasks during a deployment because of the service deployment ' +
        'configuration. Update the minimumHealthyPercent or maximumPercent value and try again.',
    );
    assert.deepEqual(
      stalled.deployments?.map(({ taskDefinition, runningCount }) => [taskDefinition?.split('/')[1], runningCount]),
      [
        ['stalled:2', 0],
        ['stalled:1', 4],
      ],
    );
  });

  it('sends requests to a dead listener until its health check has failed as often as it may', async () => {
    const speed = 5;
    await pointDomain(sdkConfig(cloud.url), DOMAIN, 'rolled');
    await kit.admin('PUT', 'speed', { speed });
    const { ingressHttp } = (await kit.admin('GET', 'health')) as { ingressHttp: string };
    const [victim] = await kit.tasks('rolled', 'RUNNING');
    await kit.admin('POST', 'tasks/kill-listener', { taskArn: victim?.taskArn });
    const killedAt = Date.now();
    const cloudSeconds = (since: number) => ((Date.now() - since) / 1_000) * speed;

    let lastErrorAt = 0;
    let wellInARow = 0;
    while (wellInARow < 20) {
      const { status } = await visit({ client: { ingressUrl: ingressHttp } }, DOMAIN);
      wellInARow = status === 200 ? wellInARow + 1 : 0;
      if (status !== 200) lastErrorAt = cloudSeconds(killedAt);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const least = (UNHEALTHY_THRESHOLD - 1) * INTERVAL_SECONDS;
    const most = UNHEALTHY_THRESHOLD * INTERVAL_SECONDS;
    // The last error is seen up to a visit before it ends, and two seconds of real time are for a machine that is busy.
    const visitSeconds = 0.1 * speed;
    assert.ok(
      lastErrorAt > least - visitSeconds && lastErrorAt < most + 2 * speed,
      `errors for ${lastErrorAt} cloud seconds`,
    );
    await kit.sawEvent(
      'rolled',
      'is unhealthy in (elb rolled) due to (reason Instance has failed at least the UnhealthyThreshold number of health checks consecutively.)',
    );
  });
});

/** Oldest first, without what differs from run to run. */
function eventsOf(described: string): string[] {
  const { services } = JSON.parse(described) as { services: { events: { message: string }[] }[] };
  const plain = ({ message }: { message: string }) =>
    message
      .replace(/^\(service \S+\) /, '')
      .replaceAll(/ecs-svc\/\d+/g, 'ecs-svc/N')
      .replaceAll(/task [0-9a-f]{32}/g, 'task T');
  return (services[0]?.events ?? []).map(plain).reverse();
}
