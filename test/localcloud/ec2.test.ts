import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SuspendProcessesCommand } from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DeleteTagsCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstanceTypesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  ModifyLaunchTemplateCommand,
  RebootInstancesCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { createMachines } from '../../src/localcloud/services/ec2.ts';
import { ecsClusterOf } from '../../src/localcloud/services/ec2/user-data.ts';
import { createRandom } from '../../src/localcloud/engine/random.ts';
import { createVirtualClock } from '../../src/localcloud/engine/virtual-clock.ts';
import type { Engine } from '../../src/localcloud/registration.ts';
import { MINUTE, SECOND, startYard, type Yard } from './autoscaling-kit.ts';

const IMAGE = 'ami-0123456789abcdef0';

describe('EC2', () => {
  let yard: Yard;
  beforeEach(async () => {
    yard = await startYard();
    // What happens to the group's own machines here is nobody's business but the test's.
    await yard.asg.send(new SuspendProcessesCommand({ AutoScalingGroupName: 'crims' }));
  });
  afterEach(() => yard.stop());

  const run = async (more: Partial<RunInstancesCommandInput> = {}): Promise<string[]> => {
    const { Instances } = await yard.ec2.send(
      new RunInstancesCommand({ ImageId: IMAGE, InstanceType: 'm5.large', MinCount: 1, MaxCount: 1, ...more }),
    );
    return Instances!.map(({ InstanceId }) => InstanceId!);
  };
  const state = async (id: string) => (await yard.machine(id)).State!.Name;
  const status = async (id: string) => {
    const { InstanceStatuses } = await yard.ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }));
    return InstanceStatuses![0]?.InstanceStatus?.Status;
  };

  it('boots within a minute, is checked two minutes later, ends, and is forgotten after an hour', async () => {
    const [id = ''] = await run({ SubnetId: 'subnet-0c1a55e5c1a55e50b' });
    assert.match(id, /^i-[0-9a-f]{17}$/);
    assert.equal(await state(id), 'pending');
    await yard.advance(29 * SECOND);
    assert.equal(await state(id), 'pending');
    await yard.advance(32 * SECOND);
    const machine = await yard.machine(id);
    assert.equal(machine.State!.Name, 'running');
    assert.equal(machine.Placement!.AvailabilityZone, 'eu-west-1b');
    assert.match(machine.PrivateIpAddress!, /^10\.0\.16\./);
    assert.equal(await status(id), 'initializing');
    await yard.advance(2 * MINUTE);
    assert.equal(await status(id), 'ok');

    await yard.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    assert.equal(await state(id), 'shutting-down');
    assert.equal(await status(id), undefined);
    await yard.advance(10 * SECOND);
    const ended = await yard.machine(id);
    assert.equal(ended.State!.Name, 'terminated');
    assert.equal(ended.StateReason!.Code, 'Client.UserInitiatedShutdown');
    assert.equal(ended.PrivateIpAddress, undefined);
    await yard.advance(59 * MINUTE);
    assert.equal(await state(id), 'terminated');
    await yard.advance(MINUTE);
    await assert.rejects(state(id), {
      name: 'InvalidInstanceID.NotFound',
      message: `The instance ID '${id}' does not exist`,
    });
  });

  it('changes states only from where AWS lets it', async () => {
    const [id = ''] = await run();
    const InstanceIds = [id];
    await assert.rejects(yard.ec2.send(new StopInstancesCommand({ InstanceIds })), { name: 'IncorrectInstanceState' });
    await assert.rejects(yard.ec2.send(new RebootInstancesCommand({ InstanceIds })), {
      name: 'IncorrectInstanceState',
    });
    await yard.advance(MINUTE);
    await yard.ec2.send(new RebootInstancesCommand({ InstanceIds }));
    await yard.ec2.send(new StopInstancesCommand({ InstanceIds }));
    await assert.rejects(yard.ec2.send(new StartInstancesCommand({ InstanceIds })), { name: 'IncorrectInstanceState' });
    await yard.advance(10 * SECOND);
    assert.equal(await state(id), 'stopped');
    await yard.ec2.send(new StartInstancesCommand({ InstanceIds }));
    await yard.advance(MINUTE);
    assert.equal(await state(id), 'running');
    await assert.rejects(yard.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id, 'i-0123456789abcdef0'] })), {
      name: 'InvalidInstanceID.NotFound',
    });
    assert.equal(await state(id), 'running', 'a call that fails changes nothing');
  });

  it('refuses what cannot be launched', async () => {
    const refused = (more: Partial<RunInstancesCommandInput>, name: string) => assert.rejects(run(more), { name });
    await refused({ ImageId: undefined }, 'MissingParameter');
    await refused({ ImageId: 'ubuntu' }, 'InvalidAMIID.Malformed');
    await refused({ SubnetId: 'subnet-1' }, 'InvalidSubnetID.NotFound');
    await refused({ SecurityGroupIds: ['sg-1'] }, 'InvalidGroup.NotFound');
    await refused({ InstanceType: 'p4d.24xlarge' }, 'Unsupported');
    await refused({ UserData: '#!/bin/bash' }, 'InvalidUserData.Malformed');
    await refused({ MinCount: 3, MaxCount: 2 }, 'InvalidParameterValue');
    await refused({ DryRun: true }, 'DryRunOperation');
    await refused({ LaunchTemplate: { LaunchTemplateName: 'nothing' } }, 'InvalidLaunchTemplateName.NotFoundException');
    await refused({ DisableApiTermination: true, MaxCount: 0 }, 'InvalidParameterValue');
    await assert.rejects(yard.machine('x-1'), { name: 'InvalidInstanceID.Malformed' });
  });

  it('launches once for one client token, and refuses it for something else', async () => {
    const first = await run({ ClientToken: 'once', MaxCount: 2 });
    assert.equal(first.length, 2);
    assert.deepEqual(await run({ ClientToken: 'once', MaxCount: 2 }), first);
    await assert.rejects(run({ ClientToken: 'once', MaxCount: 1 }), { name: 'IdempotentParameterMismatch' });
  });

  it('keeps a protected instance', async () => {
    const InstanceIds = await run({ DisableApiTermination: true });
    await assert.rejects(yard.ec2.send(new TerminateInstancesCommand({ InstanceIds })), {
      name: 'OperationNotPermitted',
    });
  });

  it('pages, and takes no token it did not give', async () => {
    await run({ MaxCount: 8 });
    const page = (more: object) => yard.ec2.send(new DescribeInstancesCommand({ MaxResults: 5, ...more }));
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const answer = await page({ NextToken });
      seen.push(...answer.Reservations!.flatMap(({ Instances }) => Instances!.map(({ InstanceId }) => InstanceId!)));
      NextToken = answer.NextToken;
    } while (NextToken !== undefined);
    assert.equal(seen.length, 12);
    assert.equal(new Set(seen).size, 12);
    await assert.rejects(page({ NextToken: 'x' }), { name: 'InvalidNextToken' });
    await assert.rejects(page({ MaxResults: 4 }), { name: 'InvalidParameterValue' });
    await assert.rejects(page({ InstanceIds: [seen[0]!] }), { name: 'InvalidParameterCombination' });
  });

  it('tags instances, but leaves its own tags alone', async () => {
    const Resources = await run({
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'team', Value: 'a' }] }],
    });
    const tags = async () => (await yard.machine(Resources[0]!)).Tags!.map(({ Key, Value }) => `${Key}=${Value}`);
    await yard.ec2.send(
      new CreateTagsCommand({
        Resources,
        Tags: [
          { Key: 'team', Value: 'b' },
          { Key: 'x', Value: '' },
        ],
      }),
    );
    assert.deepEqual(await tags(), ['team=b', 'x=']);
    await yard.ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: 'team', Value: 'other' }, { Key: 'x' }] }));
    assert.deepEqual(await tags(), ['team=b']);
    await assert.rejects(yard.ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: 'aws:x', Value: '' }] })), {
      name: 'InvalidParameterValue',
    });
    const Filters = [{ Name: 'tag:team', Values: ['b', 'c'] }];
    const { Reservations } = await yard.ec2.send(new DescribeInstancesCommand({ Filters }));
    assert.equal(Reservations!.length, 1);
  });

  it('shows the default VPC and what machines there are', async () => {
    const { Vpcs } = await yard.ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }),
    );
    const Filters = [{ Name: 'vpc-id', Values: [Vpcs![0]!.VpcId!] }];
    const { Subnets } = await yard.ec2.send(new DescribeSubnetsCommand({ Filters }));
    assert.deepEqual(
      Subnets!.map(({ AvailabilityZone, AvailableIpAddressCount }) => [AvailabilityZone, AvailableIpAddressCount]),
      [
        ['eu-west-1a', 4089],
        ['eu-west-1b', 4089],
      ],
    );
    const { SecurityGroups } = await yard.ec2.send(new DescribeSecurityGroupsCommand({ GroupNames: ['default'] }));
    assert.equal(SecurityGroups!.length, 1);
    const { AvailabilityZones } = await yard.ec2.send(new DescribeAvailabilityZonesCommand({}));
    assert.deepEqual(
      AvailabilityZones!.map(({ ZoneName }) => ZoneName),
      ['eu-west-1a', 'eu-west-1b'],
    );
    const { InstanceTypes } = await yard.ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['m5.large'] }));
    assert.equal(InstanceTypes![0]!.VCpuInfo!.DefaultVCpus, 2);
    assert.equal(InstanceTypes![0]!.MemoryInfo!.SizeInMiB, 8192);
    await assert.rejects(yard.ec2.send(new DescribeSubnetsCommand({ SubnetIds: ['subnet-1'] })), {
      name: 'InvalidSubnetID.NotFound',
    });
  });

  it('keeps versions of launch templates, and launches by the one that is meant', async () => {
    const LaunchTemplateName = 'workers';
    const { LaunchTemplate } = await yard.ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName,
        LaunchTemplateData: { ImageId: IMAGE, InstanceType: 'm5.large' },
      }),
    );
    const { LaunchTemplateId } = LaunchTemplate!;
    const { LaunchTemplateVersion } = await yard.ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId,
        SourceVersion: '1',
        LaunchTemplateData: { InstanceType: 'm5.xlarge' },
      }),
    );
    assert.equal(LaunchTemplateVersion!.VersionNumber, 2);
    assert.deepEqual(
      [LaunchTemplateVersion!.LaunchTemplateData!.ImageId, LaunchTemplateVersion!.LaunchTemplateData!.InstanceType],
      [IMAGE, 'm5.xlarge'],
    );
    const typeOf = async (Version?: string) => {
      const [id = ''] = await run({
        ImageId: undefined,
        InstanceType: undefined,
        LaunchTemplate: { LaunchTemplateName, Version },
      });
      return (await yard.machine(id)).InstanceType;
    };
    assert.equal(await typeOf(), 'm5.large');
    assert.equal(await typeOf('$Latest'), 'm5.xlarge');
    await yard.ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: '2' }));
    assert.equal(await typeOf(), 'm5.xlarge');
    await assert.rejects(typeOf('3'), { name: 'InvalidLaunchTemplateId.VersionNotFound' });
    const [own = ''] = await run({ InstanceType: 'm5.2xlarge', LaunchTemplate: { LaunchTemplateName } });
    assert.equal((await yard.machine(own)).InstanceType, 'm5.2xlarge', 'the request goes before the template');

    const versions = async (...Versions: string[]) => {
      const answer = await yard.ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName, Versions }));
      return answer.LaunchTemplateVersions!.map(({ VersionNumber, DefaultVersion }) => [VersionNumber, DefaultVersion]);
    };
    assert.deepEqual(await versions(), [
      [2, true],
      [1, false],
    ]);
    assert.deepEqual(await versions('$Default', '1'), [
      [2, true],
      [1, false],
    ]);
    const again = { LaunchTemplateName, LaunchTemplateData: { ImageId: IMAGE } };
    await assert.rejects(yard.ec2.send(new CreateLaunchTemplateCommand(again)), {
      name: 'InvalidLaunchTemplateName.AlreadyExistsException',
      message: 'Launch template name already in use.',
    });
    await yard.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName }));
    await assert.rejects(
      yard.ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [LaunchTemplateName] })),
      { name: 'InvalidLaunchTemplateName.NotFoundException' },
    );
  });
});

describe('EC2 machines', () => {
  const engine = (): Engine & { advance: (milliseconds: number) => Promise<void>; released: string[] } => {
    const clock = createVirtualClock();
    let count = 0;
    const released: string[] = [];
    const network = {
      allocate: () => `127.0.0.${(count += 1)}`,
      release: (address: string) => void released.push(address),
    };
    const rest = {
      account: '123456789012',
      region: 'eu-west-1',
      domain: 'example.com',
      changed: () => {},
      endpoint: () => '',
      log: () => {},
    };
    return {
      ...rest,
      clock,
      released,
      advance: clock.advance,
      network: network as unknown as Engine['network'],
      random: createRandom(1),
      settings: {} as Engine['settings'],
    };
  };
  const started = async () => {
    const its = engine();
    const ec2 = createMachines(its);
    await ec2.services[0]!.persistent!.start();
    return { engine: its, ec2, machines: ec2.machines };
  };

  it('tell who listens of every change, and give their address back a minute after their end', async () => {
    const { engine: its, machines } = await started();
    const seen: string[] = [];
    machines.onState(({ instanceId, state }) => void seen.push(`${instanceId} ${state}`));
    const [first] = machines.list();
    const { instanceId, address } = first!;
    machines.terminate(first!);
    await its.advance(10 * SECOND);
    assert.deepEqual(seen, [`${instanceId} shutting-down`, `${instanceId} terminated`]);
    await its.advance(59 * SECOND);
    assert.deepEqual(its.released, []);
    await its.advance(SECOND);
    assert.deepEqual(its.released, [address]);
  });

  it('crash at once, and a lost zone takes all of its own and gives none', async () => {
    const { machines } = await started();
    const [first] = machines.list();
    assert.equal(machines.crash(first!.instanceId), true);
    assert.equal(first!.state, 'stopped');
    assert.equal(machines.crash(first!.instanceId), false);
    const states = () => machines.list().map(({ availabilityZone, state }) => `${availabilityZone.at(-1)} ${state}`);
    assert.equal(machines.loseZone('eu-west-1b'), true);
    assert.deepEqual(states(), ['a stopped', 'b stopped', 'a running', 'b stopped']);
    const lost = machines.list()[1]!;
    assert.throws(() => machines.start(lost), {
      code: 'InsufficientInstanceCapacity',
      message:
        /^We currently do not have sufficient m5\.large capacity in the Availability Zone you requested \(eu-west-1b\)\./,
    });
    assert.equal(machines.restoreZone('eu-west-1b'), true);
    assert.equal(lost.state, 'stopped');
    machines.start(lost);
    assert.equal(lost.state, 'pending');
    assert.equal(machines.loseZone('mars-1a'), false);
  });

  it('go on after a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ec2-'));
    const stateFile = join(folder, 'state.json');
    const before = await startYard({ stateFile });
    const { Instances } = await before.ec2.send(
      new RunInstancesCommand({ ImageId: IMAGE, InstanceType: 'm5.large', MinCount: 1, MaxCount: 1 }),
    );
    const id = Instances![0]!.InstanceId!;
    const all = await before.ids();
    await before.stop();
    const after = await startYard({ stateFile });
    assert.deepEqual(await after.ids(), all, 'the group has the same instances');
    assert.equal((await after.machine(id)).State!.Name, 'pending');
    await after.advance(MINUTE);
    assert.equal((await after.machine(id)).State!.Name, 'running');
    await after.stop();
    await rm(folder, { recursive: true });
  });

  it('know their cluster by their user data', () => {
    const of = (text: string) => ecsClusterOf(Buffer.from(text).toString('base64'));
    assert.equal(of('#!/bin/bash\necho ECS_CLUSTER=crims >> /etc/ecs/ecs.config'), 'crims');
    assert.equal(of("#!/bin/bash\ncat <<'EOF' > /etc/ecs/ecs.config\nECS_CLUSTER=blue\nECS_X=1\nEOF"), 'blue');
    assert.equal(
      of('#cloud-config\nwrite_files:\n  - path: /etc/ecs/ecs.config\n    content: |\n      ECS_CLUSTER=green\n'),
      'green',
    );
    assert.equal(of('export ECS_CLUSTER="quoted-1"'), 'quoted-1');
    assert.equal(of('MY_ECS_CLUSTER=no'), undefined);
    assert.equal(ecsClusterOf(undefined), undefined);
  });
});
