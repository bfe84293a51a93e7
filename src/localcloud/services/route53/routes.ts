/** Where the operations of Route 53 (REST-XML, 2013-04-01) travel. */
import type { Route } from '../../registration.ts';

const PAGE = { marker: 'Marker', maxitems: 'MaxItems' };

export const ROUTES: Route[] = [
  { method: 'POST', path: '/hostedzone', operation: 'CreateHostedZone', status: 201 },
  { method: 'GET', path: '/hostedzone', operation: 'ListHostedZones', query: PAGE },
  {
    method: 'GET',
    path: '/hostedzonesbyname',
    operation: 'ListHostedZonesByName',
    query: { dnsname: 'DNSName', hostedzoneid: 'HostedZoneId', maxitems: 'MaxItems' },
  },
  { method: 'GET', path: '/hostedzone/{Id}', operation: 'GetHostedZone' },
  { method: 'DELETE', path: '/hostedzone/{Id}', operation: 'DeleteHostedZone' },
  { method: 'POST', path: '/hostedzone/{HostedZoneId}/rrset', operation: 'ChangeResourceRecordSets' },
  {
    method: 'GET',
    path: '/hostedzone/{HostedZoneId}/rrset',
    operation: 'ListResourceRecordSets',
    query: {
      name: 'StartRecordName',
      type: 'StartRecordType',
      identifier: 'StartRecordIdentifier',
      maxitems: 'MaxItems',
    },
  },
  { method: 'GET', path: '/change/{Id}', operation: 'GetChange' },
  { method: 'POST', path: '/healthcheck', operation: 'CreateHealthCheck', status: 201 },
  { method: 'GET', path: '/healthcheck', operation: 'ListHealthChecks', query: PAGE },
  { method: 'GET', path: '/healthcheck/{HealthCheckId}', operation: 'GetHealthCheck' },
  { method: 'POST', path: '/healthcheck/{HealthCheckId}', operation: 'UpdateHealthCheck' },
  { method: 'DELETE', path: '/healthcheck/{HealthCheckId}', operation: 'DeleteHealthCheck' },
  { method: 'GET', path: '/healthcheck/{HealthCheckId}/status', operation: 'GetHealthCheckStatus' },
  { method: 'POST', path: '/tags/{ResourceType}/{ResourceId}', operation: 'ChangeTagsForResource' },
  { method: 'GET', path: '/tags/{ResourceType}/{ResourceId}', operation: 'ListTagsForResource' },
  { method: 'POST', path: '/tags/{ResourceType}', operation: 'ListTagsForResources' },
];

/** Names of the elements of every list in requests and answers. */
export const LISTS: Record<string, string> = {
  AddTags: 'Tag',
  Changes: 'Change',
  ChildHealthChecks: 'ChildHealthCheck',
  HealthCheckObservations: 'HealthCheckObservation',
  HealthChecks: 'HealthCheck',
  HostedZones: 'HostedZone',
  NameServers: 'NameServer',
  Regions: 'Region',
  RemoveTagKeys: 'Key',
  ResetElements: 'ResettableElementName',
  ResourceIds: 'ResourceId',
  ResourceRecordSets: 'ResourceRecordSet',
  ResourceRecords: 'ResourceRecord',
  ResourceTagSets: 'ResourceTagSet',
  Tags: 'Tag',
};
