/** Policies of listeners and back ends: checked, kept and shown. */
import type { Operation, OperationEntry, OperationTable, Params } from '../../engine/contract.ts';
import { list, optionalText, requiredText, texts } from '../params.ts';
import {
  duplicatePolicy,
  invalid,
  invalidConfiguration,
  listenerNotFound,
  policyNotFound,
  policyTypeNotFound,
} from './errors.ts';
import { readName } from './input.ts';
import { listenerAt } from './listener-operations.ts';
import { find, reading, writing, type Context } from './lookup.ts';
import { isSecure, isWeb, type LoadBalancer, type Policy } from './model.ts';
import {
  APP_COOKIE,
  BACKEND_AUTHENTICATION,
  LB_COOKIE,
  POLICY_TYPES,
  SAMPLE_POLICIES,
  SSL_NEGOTIATION,
} from './policy-types.ts';

const POLICY_NAME = /^[A-Za-z0-9-]+$/;

const keeping = (entry: OperationEntry, note: string): OperationEntry => ({ ...entry, depth: 'keeps', note });

export const createPolicyOperations = (context: Context): OperationTable => {
  const add = (settings: LoadBalancer, params: Params, type: string, attributes: Policy['attributes']): Params => {
    const name = requiredText(params, 'PolicyName');
    if (!POLICY_NAME.test(name)) throw invalid('PolicyName must contain only alphanumeric characters or hyphens');
    if (settings.policies.some((policy) => policy.name === name)) throw duplicatePolicy(name);
    settings.policies.push({ name, type, attributes });
    return {};
  };

  const createAppCookie: Operation = (params) => {
    const { settings } = find(context, readName(params));
    return add(settings, params, APP_COOKIE, [{ name: 'CookieName', value: requiredText(params, 'CookieName') }]);
  };

  const createLbCookie: Operation = (params) => {
    const { settings } = find(context, readName(params));
    const value = optionalText(params, 'CookieExpirationPeriod');
    return add(settings, params, LB_COOKIE, value === undefined ? [] : [{ name: 'CookieExpirationPeriod', value }]);
  };

  const create: Operation = (params) => {
    const { settings } = find(context, readName(params));
    const type = typeNamed(requiredText(params, 'PolicyTypeName'));
    const attributes = list(params, 'PolicyAttributes').map((attribute) => ({
      name: requiredText(attribute, 'AttributeName'),
      value: optionalText(attribute, 'AttributeValue') ?? '',
    }));
    for (const { name, cardinality } of type.attributes) {
      const isMissing = !attributes.some((attribute) => attribute.name === name);
      if (isMissing && cardinality.startsWith('ONE')) {
        throw invalidConfiguration(`Attribute '${name}' is required for policies of type ${type.name}`);
      }
    }
    return add(settings, params, type.name, attributes);
  };

  const remove: Operation = (params) => {
    const { settings } = find(context, readName(params));
    const name = requiredText(params, 'PolicyName');
    const used = [...settings.listeners.map((one) => one.policyNames), ...Object.values(settings.backendPolicies)];
    if (used.some((names) => names.includes(name))) {
      throw invalidConfiguration(`The policy ${name} is in use and cannot be deleted`);
    }
    settings.policies = settings.policies.filter((policy) => policy.name !== name);
    return {};
  };

  const describe: Operation = (params) => {
    const balancer = optionalText(params, 'LoadBalancerName');
    const all = balancer === undefined ? SAMPLE_POLICIES : find(context, balancer).settings.policies;
    const names = texts(params, 'PolicyNames');
    const chosen = names.length === 0 ? all : names.map((name) => policyNamed(all, name, balancer ?? ''));
    return { PolicyDescriptions: chosen.map(writePolicy) };
  };

  const describeTypes: Operation = (params) => {
    const names = texts(params, 'PolicyTypeNames');
    const chosen = names.length === 0 ? POLICY_TYPES : names.map(typeNamed);
    return {
      PolicyTypeDescriptions: chosen.map(({ name, description, attributes }) => ({
        PolicyTypeName: name,
        Description: description,
        PolicyAttributeTypeDescriptions: attributes.map((attribute) => ({
          AttributeName: attribute.name,
          AttributeType: attribute.type,
          Cardinality: attribute.cardinality,
        })),
      })),
    };
  };

  const setOfListener: Operation = (params) => {
    const balancer = find(context, readName(params));
    const { settings } = balancer;
    const port = params.LoadBalancerPort as number;
    const listener = listenerAt(balancer, port);
    if (listener === undefined) throw listenerNotFound(settings.name, port);
    const names = texts(params, 'PolicyNames');
    for (const { name, type } of names.map((one) => policyNamed(settings.policies, one, settings.name))) {
      const isCookie = type === APP_COOKIE || type === LB_COOKIE;
      if ((isCookie && !isWeb(listener.protocol)) || (type === SSL_NEGOTIATION && !isSecure(listener.protocol))) {
        throw invalidConfiguration(
          `The policy ${name} of type ${type} cannot be used with a listener of protocol ${listener.protocol}`,
        );
      }
    }
    listener.policyNames = names;
    return {};
  };

  const setOfBackend: Operation = (params) => {
    const { settings } = find(context, readName(params));
    const port = params.InstancePort as number;
    if (!settings.listeners.some(({ instancePort }) => instancePort === port)) {
      throw invalidConfiguration(`There is no listener for ${settings.name} with InstancePort ${port}`);
    }
    const names = texts(params, 'PolicyNames');
    const types = names.map((name) => policyNamed(settings.policies, name, settings.name).type);
    if (types.some((type) => type !== BACKEND_AUTHENTICATION && type !== 'ProxyProtocolPolicyType')) {
      throw invalidConfiguration('Only policies for back-end servers can be set on an instance port');
    }
    if (names.length > 0) settings.backendPolicies[port] = names;
    else delete settings.backendPolicies[port];
    return {};
  };

  const noCookie = 'no cookie is set and none is followed';
  return {
    CreateAppCookieStickinessPolicy: keeping(writing(createAppCookie), noCookie),
    CreateLBCookieStickinessPolicy: keeping(writing(createLbCookie), noCookie),
    CreateLoadBalancerPolicy: keeping(writing(create), 'policies have no effect on traffic'),
    DeleteLoadBalancerPolicy: keeping(writing(remove), 'policies have no effect on traffic'),
    DescribeLoadBalancerPolicies: {
      ...reading(describe),
      note: 'security policies name themselves, not their ciphers',
    },
    DescribeLoadBalancerPolicyTypes: { ...reading(describeTypes), depth: 'fixed', note: 'without the ciphers' },
    SetLoadBalancerPoliciesOfListener: keeping(writing(setOfListener), 'policies have no effect on traffic'),
    SetLoadBalancerPoliciesForBackendServer: keeping(writing(setOfBackend), 'policies have no effect on traffic'),
  };
};

const typeNamed = (name: string) => {
  const type = POLICY_TYPES.find((known) => known.name === name);
  if (type === undefined) throw policyTypeNotFound(name);
  return type;
};

const policyNamed = (policies: readonly Policy[], name: string, balancer: string): Policy => {
  const policy = policies.find((known) => known.name === name);
  if (policy === undefined) throw policyNotFound(name, balancer);
  return policy;
};

const writePolicy = ({ name, type, attributes }: Policy): Params => ({
  PolicyName: name,
  PolicyTypeName: type,
  PolicyAttributeDescriptions: attributes.map((attribute) => ({
    AttributeName: attribute.name,
    AttributeValue: attribute.value,
  })),
});
