import assert from 'node:assert/strict';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { createKit, startTestCloud } from './cloud-kit.ts';
import { sendSigned, type Unsigned } from './support/sign.ts';

const json = (target: string, body: unknown): Unsigned => ({
  service: 'ecs',
  headers: {
    'x-amz-target': `AmazonEC2ContainerServiceV20141113.${target}`,
    'content-type': 'application/x-amz-json-1.1',
  },
  body: JSON.stringify(body),
});
const form = (service: string, version: string, fields: Record<string, string>): Unsigned => ({
  service,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ Version: version, ...fields }).toString(),
});
const elb = (fields: Record<string, string>): Unsigned => form('elasticloadbalancing', '2012-06-01', fields);
const listener = { 'Listeners.member.1.Protocol': 'HTTP', 'Listeners.member.1.InstancePort': '80' };

/** A request, and what has to come back. */
const cases: { name: string; request: Unsigned; text: RegExp }[] = [
  {
    name: 'JSON: a required member is missing',
    request: json('CreateService', { taskDefinition: 'web' }),
    text: /"__type":"InvalidParameterException","message":"1 validation error detected: Value null at 'serviceName' failed to satisfy constraint: Member must not be null"/,
  },
  {
    name: 'JSON: a value that is in no enum',
    request: json('ListTasks', { desiredStatus: 'DANCING' }),
    text: /InvalidParameterException.*Value 'DANCING' at 'desiredStatus'.*enum value set: \[RUNNING, PENDING, STOPPED\]/,
  },
  {
    name: 'JSON: a text where a number belongs',
    request: json('CreateService', { serviceName: 'web', desiredCount: 'two' }),
    text: /SerializationException.*desiredCount is not a number/,
  },
  {
    name: 'JSON: a structure where a list belongs',
    request: json('DescribeServices', { services: { 1: 'web' } }),
    text: /SerializationException.*Start of list expected at services/,
  },
  {
    name: 'JSON: a fraction where a whole number belongs, and one that is too large',
    request: json('CreateService', { serviceName: 'web', desiredCount: 3e9 }),
    text: /SerializationException.*desiredCount is not of type integer/,
  },
  {
    name: 'Query: a required member of a list element is missing',
    request: elb({ Action: 'CreateLoadBalancer', LoadBalancerName: 'x', ...listener }),
    text: /<Code>ValidationError<\/Code><Message>1 validation error detected: Value null at 'listeners\.1\.member\.loadBalancerPort'/,
  },
  {
    name: 'Query: a number outside its range',
    request: elb({
      Action: 'ConfigureHealthCheck',
      LoadBalancerName: 'x',
      'HealthCheck.Target': 'TCP:80',
      'HealthCheck.Interval': '1',
      'HealthCheck.Timeout': '2',
      'HealthCheck.UnhealthyThreshold': '2',
      'HealthCheck.HealthyThreshold': '2',
    }),
    text: /<Code>ValidationError<\/Code>.*Value '1' at 'healthCheck\.interval'.*greater than or equal to 5/,
  },
  {
    name: 'Query: a number that is none',
    request: elb({
      Action: 'CreateLoadBalancer',
      LoadBalancerName: 'x',
      'Listeners.member.1.LoadBalancerPort': 'eighty',
    }),
    text: /<Code>SerializationException<\/Code>/,
  },
  {
    name: 'EC2: a required member is missing',
    request: form('ec2', '2016-11-15', { Action: 'TerminateInstances' }),
    text: /<Errors><Error><Code>MissingParameter<\/Code>/,
  },
  {
    name: 'REST-XML: a value that is in no enum',
    request: {
      service: 'route53',
      path: '/2013-04-01/hostedzone/Z0C1A55E5C1A55E51234/rrset',
      body: '<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>BURN</Action><ResourceRecordSet><Name>a.example.com</Name><Type>A</Type></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>',
    },
    text: /<Code>InvalidInput<\/Code>.*Value 'BURN' at 'changeBatch\.changes\.1\.member\.action'/,
  },
];

describe('requests that are not as the service model wants them', () => {
  let cloud: Cloud;
  before(async () => {
    cloud = await startTestCloud({ speed: 'stepped', dataPlane: false });
  });
  after(() => cloud.stop());

  for (const { name, request, text } of cases) {
    it(name, async () => {
      const answer = await sendSigned(cloud.addresses.url, request);
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.text, text);
    });
  }

  it('have members that no model knows: passed over, and refused when the cloud is strict', async () => {
    const kit = createKit(cloud.addresses.url);
    const requests = [
      json('ListClusters', { maxResult: 3 }),
      elb({ Action: 'DescribeLoadBalancers', LoadBalancerName: 'x' }),
    ];
    for (const request of requests) assert.equal((await sendSigned(cloud.addresses.url, request)).status, 200);
    await kit.admin('PUT', 'settings', { strict: true });
    const texts = await Promise.all(
      requests.map((one) => sendSigned(cloud.addresses.url, one).then(({ text }) => text)),
    );
    assert.match(texts[0] ?? '', /InvalidParameterException.*Unknown parameter in the request: maxResult/);
    assert.match(texts[1] ?? '', /ValidationError.*Unknown parameter in the request: LoadBalancerName/);
    await kit.admin('PUT', 'settings', { strict: false });
    kit.close();
  });

  it('leave their secrets out of the journal', async () => {
    const kit = createKit(cloud.addresses.url);
    const definition = {
      family: 'f',
      containerDefinitions: [
        { name: 'web', image: 'web:v1', memory: 64, environment: [{ name: 'PASSWORD', value: 'hunter2-planted' }] },
      ],
    };
    assert.equal((await sendSigned(cloud.addresses.url, json('RegisterTaskDefinition', definition))).status, 200);
    const entries = JSON.stringify(await kit.journal('RegisterTaskDefinition'));
    assert.match(entries, /"environment":"\[redacted\]"/);
    assert.doesNotMatch(entries, /hunter2/);
    kit.close();
  });
});
