/** Settings of a load balancer that is there: health check, attributes, zones, tags. */
import type { Operation, OperationTable } from '../../engine/contract.ts';
import { list, requiredText, texts } from '../params.ts';
import { invalid } from './errors.ts';
import { mergeAttributes, readHealthCheck, readName, readTags } from './input.ts';
import { checkZones, find, reading, unique, writing, type Context } from './lookup.ts';
import { describeAttributes, describeHealthCheck } from './output.ts';

export const createSettingOperations = (context: Context): OperationTable => {
  const configureHealthCheck: Operation = (params) => {
    const balancer = find(context, readName(params));
    balancer.settings.healthCheck = readHealthCheck(params);
    balancer.restartProbing();
    return { HealthCheck: describeHealthCheck(balancer.settings) };
  };

  const modifyAttributes: Operation = (params) => {
    const { settings } = find(context, readName(params));
    settings.attributes = mergeAttributes(settings.attributes, params);
    return { LoadBalancerName: settings.name, LoadBalancerAttributes: describeAttributes(settings.attributes) };
  };

  const readAttributes: Operation = (params) => ({
    LoadBalancerAttributes: describeAttributes(find(context, readName(params)).settings.attributes),
  });

  const enableZones: Operation = (params) => {
    const { settings } = find(context, readName(params));
    const zones = texts(params, 'AvailabilityZones');
    checkZones(context, zones);
    settings.zones = unique([...settings.zones, ...zones]);
    return { AvailabilityZones: settings.zones };
  };

  const disableZones: Operation = (params) => {
    const { settings } = find(context, readName(params));
    const zones = texts(params, 'AvailabilityZones');
    const left = settings.zones.filter((zone) => !zones.includes(zone));
    if (left.length === 0) throw invalid('At least one Availability Zone must stay enabled');
    settings.zones = left;
    return { AvailabilityZones: left };
  };

  const addTags: Operation = (params) => {
    const tags = readTags(params);
    for (const name of texts(params, 'LoadBalancerNames')) Object.assign(find(context, name).settings.tags, tags);
    return {};
  };

  const removeTags: Operation = (params) => {
    const keys = list(params, 'Tags').map((tag) => requiredText(tag, 'Key'));
    for (const name of texts(params, 'LoadBalancerNames')) {
      for (const key of keys) delete find(context, name).settings.tags[key];
    }
    return {};
  };

  const describeTags: Operation = (params) => ({
    TagDescriptions: texts(params, 'LoadBalancerNames').map((name) => ({
      LoadBalancerName: name,
      Tags: Object.entries(find(context, name).settings.tags).map(([Key, Value]) => ({ Key, Value })),
    })),
  });

  return {
    ConfigureHealthCheck: writing(configureHealthCheck),
    ModifyLoadBalancerAttributes: writing(modifyAttributes),
    DescribeLoadBalancerAttributes: reading(readAttributes),
    EnableAvailabilityZonesForLoadBalancer: writing(enableZones),
    DisableAvailabilityZonesForLoadBalancer: writing(disableZones),
    AddTags: writing(addTags),
    RemoveTags: writing(removeTags),
    DescribeTags: reading(describeTags),
  };
};
