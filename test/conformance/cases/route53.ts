import type { Cases } from '../support/case.ts';

const record = (Name: string, Type: string, value: string) => ({
  Name,
  Type,
  TTL: 60,
  ResourceRecords: [{ Value: value }],
});
const change = (Action: string, ResourceRecordSet: object) => ({
  HostedZoneId: '${zone.HostedZone.Id}',
  ChangeBatch: { Changes: [{ Action, ResourceRecordSet }] },
});
const check = { Type: 'HTTP', FullyQualifiedDomainName: 'www.conform.test', Port: 80, ResourcePath: '/health' };

export const route53: Cases = {
  service: 'route53',
  steps: [
    {
      name: 'zone',
      operation: 'CreateHostedZone',
      moto: true,
      params: { Name: 'conform.test', CallerReference: 'first', HostedZoneConfig: { Comment: 'a zone' } },
    },
    {
      name: 'zone again',
      operation: 'CreateHostedZone',
      params: { Name: 'conform.test', CallerReference: 'first' },
      fails: 'HostedZoneAlreadyExists',
    },
    { name: 'get zone', operation: 'GetHostedZone', moto: true, params: { Id: '${zone.HostedZone.Id}' } },
    {
      name: 'get no zone',
      operation: 'GetHostedZone',
      moto: true,
      params: { Id: 'Z0000000000000' },
      fails: 'NoSuchHostedZone',
    },
    {
      name: 'zones by name',
      operation: 'ListHostedZonesByName',
      moto: true,
      params: { DNSName: 'conform.test', MaxItems: '1' },
    },
    {
      name: 'create',
      operation: 'ChangeResourceRecordSets',
      moto: true,
      params: change('CREATE', record('a.conform.test', 'A', '192.0.2.1')),
    },
    {
      name: 'create again',
      operation: 'ChangeResourceRecordSets',
      params: change('CREATE', record('a.conform.test', 'A', '192.0.2.2')),
      fails: 'InvalidChangeBatch',
    },
    {
      name: 'upsert',
      operation: 'ChangeResourceRecordSets',
      moto: true,
      params: change('UPSERT', record('A.conform.test.', 'A', '192.0.2.3')),
    },
    {
      name: 'alias',
      operation: 'ChangeResourceRecordSets',
      moto: true,
      params: change('UPSERT', {
        Name: 'b.conform.test',
        Type: 'A',
        AliasTarget: {
          HostedZoneId: '${tail zone.HostedZone.Id}',
          DNSName: 'a.conform.test',
          EvaluateTargetHealth: false,
        },
      }),
    },
    { name: 'change', operation: 'GetChange', params: { Id: '${alias.ChangeInfo.Id}' } },
    { seconds: 90 },
    { name: 'change in sync', operation: 'GetChange', params: { Id: '${alias.ChangeInfo.Id}' } },
    {
      name: 'delete wrongly',
      operation: 'ChangeResourceRecordSets',
      params: change('DELETE', record('a.conform.test', 'A', '192.0.2.9')),
      fails: 'InvalidChangeBatch',
    },
    {
      name: 'records',
      operation: 'ListResourceRecordSets',
      moto: true,
      params: { HostedZoneId: '${zone.HostedZone.Id}' },
    },
    {
      name: 'records from b',
      operation: 'ListResourceRecordSets',
      moto: true,
      params: { HostedZoneId: '${zone.HostedZone.Id}', StartRecordName: 'b.conform.test', MaxItems: '1' },
    },
    {
      name: 'delete zone too early',
      operation: 'DeleteHostedZone',
      moto: true,
      params: { Id: '${zone.HostedZone.Id}' },
      fails: 'HostedZoneNotEmpty',
    },
    {
      name: 'delete',
      operation: 'ChangeResourceRecordSets',
      moto: true,
      params: change('DELETE', record('a.conform.test', 'A', '192.0.2.3')),
    },
    {
      name: 'health check',
      operation: 'CreateHealthCheck',
      moto: true,
      params: { CallerReference: 'check', HealthCheckConfig: check },
    },
    {
      name: 'get health check',
      operation: 'GetHealthCheck',
      moto: true,
      params: { HealthCheckId: '${health check.HealthCheck.Id}' },
    },
    {
      name: 'no health check',
      operation: 'GetHealthCheck',
      moto: true,
      params: { HealthCheckId: '00000000-0000-4000-8000-000000000000' },
      fails: 'NoSuchHealthCheck',
    },
    {
      name: 'tag',
      operation: 'ChangeTagsForResource',
      moto: true,
      params: {
        ResourceType: 'healthcheck',
        ResourceId: '${health check.HealthCheck.Id}',
        AddTags: [{ Key: 'a', Value: 'b' }],
      },
    },
    {
      name: 'tags',
      operation: 'ListTagsForResource',
      moto: true,
      params: { ResourceType: 'healthcheck', ResourceId: '${health check.HealthCheck.Id}' },
    },
    {
      name: 'delete health check',
      operation: 'DeleteHealthCheck',
      moto: true,
      params: { HealthCheckId: '${health check.HealthCheck.Id}' },
    },
  ],
};
