/** Settings of a load balancer that is there: health check, attributes, security groups, tags. */
import type { Operation, OperationTable } from '../../engine/contract.ts';
import { list, requiredText, texts } from '../params.ts';
import { showTags } from '../tag-set.ts';
import { invalid, invalidConfiguration, tooManyTags } from './errors.ts';
import { mergeAttributes, MOST_TAGS, readHealthCheck, readName, readTags } from './input.ts';
import { find, reading, unique, writing, type Context } from './lookup.ts';
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

  const applySecurityGroups: Operation = (params) => {
    const { settings } = find(context, readName(params));
    const groups = unique(texts(params, 'SecurityGroups'));
    if (groups.length === 0) throw invalidConfiguration('At least one security group must be specified');
    settings.securityGroups = groups;
    return { SecurityGroups: groups };
  };

  /** The API takes a list and accepts one name in it. */
  const onlyName = (names: readonly string[]): string => {
    const [name, ...others] = names;
    if (name === undefined || others.length > 0) throw invalid('Exactly one load balancer must be specified');
    return name;
  };

  const addTags: Operation = (params) => {
    const { settings } = find(context, onlyName(texts(params, 'LoadBalancerNames')));
    const tags = { ...settings.tags, ...readTags(params) };
    if (Object.keys(tags).length > MOST_TAGS) throw tooManyTags();
    settings.tags = tags;
    return {};
  };

  const removeTags: Operation = (params) => {
    const { settings } = find(context, onlyName(texts(params, 'LoadBalancerNames')));
    for (const tag of list(params, 'Tags')) delete settings.tags[requiredText(tag, 'Key')];
    return {};
  };

  const describeTags: Operation = (params) => ({
    TagDescriptions: texts(params, 'LoadBalancerNames').map((name) => ({
      LoadBalancerName: name,
      Tags: showTags(find(context, name).settings.tags),
    })),
  });

  return {
    ConfigureHealthCheck: writing(configureHealthCheck),
    ModifyLoadBalancerAttributes: {
      ...writing(modifyAttributes),
      note: 'access log and desync mitigation mode are kept without an effect',
    },
    DescribeLoadBalancerAttributes: reading(readAttributes),
    ApplySecurityGroupsToLoadBalancer: {
      ...writing(applySecurityGroups),
      depth: 'keeps',
      note: 'nothing is blocked, and groups need not exist',
    },
    AddTags: writing(addTags),
    RemoveTags: writing(removeTags),
    DescribeTags: reading(describeTags),
  };
};
