/** Requests as clients send them, one or two of each kind of protocol and service: what fuzzing starts from. */
import type { Unsigned } from './sign.ts';

const json = (service: string, prefix: string, version: string, operation: string, body: unknown): Unsigned => ({
  service,
  headers: { 'x-amz-target': `${prefix}.${operation}`, 'content-type': `application/x-amz-json-${version}` },
  body: JSON.stringify(body),
});
const ecs = (operation: string, body: unknown): Unsigned =>
  json('ecs', 'AmazonEC2ContainerServiceV20141113', '1.1', operation, body);
const form = (service: string, version: string, fields: Record<string, string>): Unsigned => ({
  service,
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  body: new URLSearchParams({ Version: version, ...fields }).toString(),
});
const rest = (service: string, method: string, path: string, body?: string): Unsigned => ({
  service,
  method,
  path,
  headers: {},
  ...(body === undefined ? {} : { body }),
});

const container = {
  name: 'web',
  image: 'registry.example.com/web:v1',
  cpu: 32,
  memory: 64,
  portMappings: [{ containerPort: 80, hostPort: 11000 }],
};
const change =
  '<?xml version="1.0"?><ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change><Action>UPSERT</Action><ResourceRecordSet><Name>a.example.com</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>';
const check =
  '<CreateHealthCheckRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><CallerReference>x</CallerReference><HealthCheckConfig><Type>HTTP</Type><FullyQualifiedDomainName>a.example.com</FullyQualifiedDomainName><Port>80</Port></HealthCheckConfig></CreateHealthCheckRequest>';

export const corpus: readonly Unsigned[] = [
  ecs('RegisterTaskDefinition', { family: 'web', containerDefinitions: [container] }),
  ecs('CreateService', { cluster: 'crims', serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }),
  ecs('UpdateService', {
    cluster: 'crims',
    service: 'web',
    desiredCount: 2,
    deploymentConfiguration: { minimumHealthyPercent: 50 },
  }),
  ecs('DescribeServices', { cluster: 'crims', services: ['web'], include: ['TAGS'] }),
  ecs('RunTask', {
    cluster: 'crims',
    taskDefinition: 'web',
    count: 1,
    placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.availability-zone == eu-west-1a' }],
  }),
  ecs('ListTasks', { cluster: 'crims', maxResults: 10, nextToken: 'x' }),
  ecs('DescribeTasks', { cluster: 'crims', tasks: ['x'] }),
  ecs('ListContainerInstances', { cluster: 'crims', filter: 'agentConnected == true' }),
  ecs('RegisterContainerInstance', { cluster: 'crims', instanceIdentityDocument: '{"instanceId":"i-1"}' }),
  ecs('TagResource', {
    resourceArn: 'arn:aws:ecs:eu-west-1:123456789012:service/crims/web',
    tags: [{ key: 'a', value: 'b' }],
  }),
  form('elasticloadbalancing', '2012-06-01', {
    Action: 'CreateLoadBalancer',
    LoadBalancerName: 'web',
    'AvailabilityZones.member.1': 'eu-west-1a',
    'Listeners.member.1.Protocol': 'HTTP',
    'Listeners.member.1.LoadBalancerPort': '80',
    'Listeners.member.1.InstancePort': '11000',
  }),
  form('elasticloadbalancing', '2012-06-01', {
    Action: 'DescribeInstanceHealth',
    LoadBalancerName: 'web',
    'Instances.member.1.InstanceId': 'i-1',
  }),
  form('elasticloadbalancing', '2012-06-01', { Action: 'DescribeLoadBalancers', PageSize: '1', Marker: 'x' }),
  form('ec2', '2016-11-15', {
    Action: 'DescribeInstances',
    'Filter.1.Name': 'instance-state-name',
    'Filter.1.Value.1': 'running',
  }),
  form('ec2', '2016-11-15', {
    Action: 'RunInstances',
    MinCount: '1',
    MaxCount: '1',
    'LaunchTemplate.LaunchTemplateName': 'crims',
  }),
  form('autoscaling', '2011-01-01', {
    Action: 'SetDesiredCapacity',
    AutoScalingGroupName: 'crims',
    DesiredCapacity: '4',
  }),
  form('autoscaling', '2011-01-01', { Action: 'DescribeAutoScalingGroups', 'AutoScalingGroupNames.member.1': 'crims' }),
  form('sns', '2010-03-31', {
    Action: 'CreateTopic',
    Name: 'news',
    'Tags.member.1.Key': 'a',
    'Tags.member.1.Value': 'b',
  }),
  form('sns', '2010-03-31', {
    Action: 'Publish',
    TopicArn: 'arn:aws:sns:eu-west-1:123456789012:news',
    Message: 'hello',
    'MessageAttributes.entry.1.Name': 'k',
    'MessageAttributes.entry.1.Value.DataType': 'String',
    'MessageAttributes.entry.1.Value.StringValue': 'v',
  }),
  form('iam', '2010-05-08', { Action: 'GetRole', RoleName: 'ecsServiceRole' }),
  form('sts', '2011-06-15', { Action: 'GetCallerIdentity' }),
  form('monitoring', '2010-08-01', { Action: 'PutDashboard', DashboardName: 'web', DashboardBody: '{}' }),
  json('monitoring', 'GraniteServiceVersion20100801', '1.0', 'PutMetricData', {
    Namespace: 'W',
    MetricData: [{ MetricName: 'm', Value: 1, Timestamp: 1767225600 }],
  }),
  json('monitoring', 'GraniteServiceVersion20100801', '1.0', 'GetMetricData', {
    StartTime: 1767225000,
    EndTime: 1767225600,
    MetricDataQueries: [{ Id: 'a', Expression: '1 + 2 * SUM(METRICS())' }],
  }),
  json('logs', 'Logs_20140328', '1.1', 'FilterLogEvents', {
    logGroupName: '/web',
    filterPattern: '{ $.level = "error" && $.n > 3 }',
  }),
  json('logs', 'Logs_20140328', '1.1', 'PutLogEvents', {
    logGroupName: '/web',
    logStreamName: 's',
    logEvents: [{ timestamp: 1767225600000, message: 'x' }],
  }),
  json('application-autoscaling', 'AnyScaleFrontendService', '1.1', 'RegisterScalableTarget', {
    ServiceNamespace: 'ecs',
    ResourceId: 'service/crims/web',
    ScalableDimension: 'ecs:service:DesiredCount',
    MinCapacity: 1,
    MaxCapacity: 4,
  }),
  json('secretsmanager', 'secretsmanager', '1.1', 'CreateSecret', { Name: 'key', SecretString: 'planted' }),
  json('ssm', 'AmazonSSM', '1.1', 'GetParametersByPath', { Path: '/', Recursive: true, MaxResults: 5 }),
  json('ecr', 'AmazonEC2ContainerRegistry_V20150921', '1.1', 'DescribeImages', {
    repositoryName: 'web',
    imageIds: [{ imageTag: 'v1' }],
  }),
  json('acm', 'CertificateManager', '1.1', 'ListCertificates', { CertificateStatuses: ['ISSUED'], MaxItems: 3 }),
  rest('route53', 'POST', '/2013-04-01/hostedzone/Z0C1A55E5C1A55E51234/rrset/', change),
  rest('route53', 'POST', '/2013-04-01/healthcheck', check),
  rest('route53', 'GET', '/2013-04-01/hostedzone/Z0C1A55E5C1A55E51234/rrset?name=a.example.com&type=A&maxitems=3'),
  rest('route53', 'GET', '/2013-04-01/change/C1'),
  rest('s3', 'PUT', '/bucket'),
  rest('s3', 'PUT', '/bucket/a/key?x-id=PutObject', 'hello'),
  rest('s3', 'GET', '/bucket?list-type=2&prefix=a&max-keys=3'),
  rest('s3', 'POST', '/bucket?delete', '<Delete><Object><Key>a/key</Key></Object></Delete>'),
];
