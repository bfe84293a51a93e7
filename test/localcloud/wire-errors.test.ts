import assert from 'node:assert/strict';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { startTestCloud } from './cloud-kit.ts';
import { sendSigned } from './support/sign.ts';

/** What is sent, and what has to come back: raw, because SDKs hide the shape. */
const cases = [
  {
    name: 'JSON 1.1: an operation of AWS that is not served',
    headers: {
      'x-amz-target': 'AmazonEC2ContainerServiceV20141113.CreateDaemon',
      'content-type': 'application/x-amz-json-1.1',
    },
    body: '{}',
    status: 501,
    type: 'application/x-amz-json-1.1',
    text: /^\{"__type":"NotImplemented","message":"[^"]*CreateDaemon[^"]*"\}$/,
  },
  {
    name: 'JSON 1.1: modelled error',
    headers: { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListTasks' },
    body: '{"cluster":"nowhere"}',
    status: 400,
    type: 'application/x-amz-json-1.1',
    text: /^\{"__type":"ClusterNotFoundException","message":"Cluster not found\."\}$/,
  },
  {
    name: 'JSON 1.1: a body that is none',
    headers: { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListTasks' },
    body: '{"cluster":',
    status: 400,
    type: 'application/x-amz-json-1.1',
    text: /^\{"__type":"SerializationException"/,
  },
  {
    name: 'JSON: a service nobody serves',
    headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' },
    body: '{}',
    status: 400,
    type: 'application/x-amz-json-1.1',
    text: /^\{"__type":"UnknownOperationException"/,
  },
  {
    name: 'JSON: a member of Object.prototype is no operation',
    headers: { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.constructor' },
    body: '{}',
    status: 400,
    type: 'application/x-amz-json-1.1',
    text: /^\{"__type":"UnknownOperationException"/,
  },
  {
    name: 'Query: unknown action',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: 'Action=SetFire&Version=2012-06-01',
    status: 400,
    type: 'text/xml',
    text: /<ErrorResponse xmlns="http:\/\/elasticloadbalancing\.amazonaws\.com\/doc\/2012-06-01\/"><Error><Type>Sender<\/Type><Code>InvalidAction<\/Code>/,
  },
  {
    name: 'Query: modelled error by its code, not its class',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=DescribeInstanceHealth&Version=2012-06-01&LoadBalancerName=x',
    status: 400,
    type: 'text/xml',
    text: /<Code>LoadBalancerNotFound<\/Code><Message>There is no ACTIVE Load Balancer named 'x'<\/Message>/,
  },
  {
    name: 'Query: a version nobody serves',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=DescribeLoadBalancers&Version=2015-12-01',
    status: 400,
    type: 'text/xml',
    text: /<ErrorResponse[^>]*><Error><Type>Sender<\/Type><Code>InvalidAction<\/Code>/,
  },
  {
    name: 'EC2: errors in a list of their own',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=SetFire&Version=2016-11-15',
    status: 400,
    type: 'text/xml',
    text: /<Response><Errors><Error><Code>InvalidAction<\/Code>.*<RequestID>/,
  },
  {
    name: 'REST-XML: unknown path',
    path: '/2013-04-01/bonfire',
    body: '',
    status: 400,
    type: 'text/xml',
    text: /<ErrorResponse xmlns="https:\/\/route53\.amazonaws\.com\/doc\/2013-04-01\/"><Error><Type>Sender<\/Type><Code>UnknownOperationException/,
  },
  {
    name: 'REST-XML: a path that is not well encoded',
    path: '/2013-04-01/hostedzone/%E0%A4%A/rrset',
    body: '<ChangeResourceRecordSetsRequest/>',
    status: 400,
    type: 'text/xml',
    text: /<Code>InvalidInput<\/Code>/,
  },
  {
    name: 'REST-XML: a body that is none',
    path: '/2013-04-01/hostedzone/Z1/rrset',
    body: '<Change',
    status: 400,
    type: 'text/xml',
    text: /<Code>InvalidInput<\/Code>/,
  },
  {
    name: 'something else altogether',
    path: '/index.html',
    body: 'hello',
    status: 400,
    type: 'text/xml',
    text: /<Code>InvalidAction<\/Code>/,
  },
];

/** Service of the credential scope that a client of this request would sign for. */
const serviceOf = (path: string, headers: Record<string, string | undefined>, body: string): string => {
  if (path.startsWith('/2013-04-01')) return 'route53';
  if (headers['x-amz-target'] !== undefined) return 'ecs';
  return body.includes('2016-11-15') ? 'ec2' : 'elasticloadbalancing';
};

describe('errors on the wire', () => {
  let cloud: Cloud;
  before(async () => {
    cloud = await startTestCloud();
  });
  after(() => cloud.stop());

  for (const { name, headers = {}, path = '/', body, status, type, text } of cases) {
    it(name, async () => {
      const answer = await sendSigned(cloud.addresses.url, {
        service: serviceOf(path, headers, body),
        path,
        headers: { ...headers },
        body,
      });
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get('content-type'), type);
      assert.match(answer.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/);
      assert.match(answer.text, text);
    });
  }

  it('refuses a body of eleven megabytes', async () => {
    const headers = { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListTasks' };
    const body = 'x'.repeat(11 * 1024 * 1024);
    const response = await fetch(cloud.addresses.url, { method: 'POST', headers, body }).catch(() => undefined);
    if (response !== undefined) assert.equal(response.status, 413);
  });

  it('says so in the shape of the service', async () => {
    const answer = await sendSigned(cloud.addresses.url, {
      service: 'elasticloadbalancing',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'x'.repeat(11 * 1024 * 1024),
    });
    assert.equal(answer.status, 413);
    assert.match(answer.text, /<ErrorResponse .*<Error>.*<Code>RequestEntityTooLargeException<\/Code>/);
    assert.match(answer.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/);
  });
});

describe('the registry', () => {
  let cloud: Cloud;
  before(async () => {
    cloud = await startTestCloud();
  });
  after(() => cloud.stop());
  const ask = (path: string, method = 'GET') => fetch(`${cloud.addresses.url}/v2/${path}`, { method });

  it('knows any version of its repositories, by tag and by digest', async () => {
    for (const path of ['web/manifests/v1', 'registry.example.com/web/manifests/v1', 'web/manifests/7']) {
      const response = await ask(path);
      assert.equal(response.status, 200, path);
      const digest = response.headers.get('docker-content-digest') ?? '';
      assert.match(digest, /^sha256:[0-9a-f]{64}$/);
      const again = await ask(`web/manifests/${digest}`, 'HEAD');
      assert.equal(again.status, 200);
      assert.equal(again.headers.get('docker-content-digest'), digest);
    }
  });

  it('asks for credentials where an image needs some', async () => {
    const url = `${cloud.addresses.url}/v2/web/manifests/v1-private`;
    const refused = await fetch(url, { method: 'HEAD' });
    assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [401, 'Basic realm="Registry"']);
    const answer = await fetch(url, { headers: { authorization: `Basic ${btoa('user:password')}` } });
    const digest = answer.headers.get('docker-content-digest') ?? '';
    assert.equal(answer.status, 200);
    assert.equal((await ask(`web/manifests/${digest}`)).status, 401);
  });

  it('does not know others', async () => {
    for (const [path, code] of [
      ['web/manifests/missing', 'MANIFEST_UNKNOWN'],
      ['web/manifests/latest', 'MANIFEST_UNKNOWN'],
      ['nothing/manifests/v1', 'NAME_UNKNOWN'],
      [`web/manifests/sha256:${'0'.repeat(64)}`, 'MANIFEST_UNKNOWN'],
    ] as const) {
      const response = await ask(path);
      assert.equal(response.status, 404, path);
      const { errors } = (await response.json()) as { errors: { code: string }[] };
      assert.equal(errors[0]?.code, code);
    }
  });
});
