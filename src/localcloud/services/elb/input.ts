/** Parameters of the classic ELB API, checked and turned into what the model speaks of. */
import type { Params } from '../../engine/contract.ts';
import { list, optionalText, requiredText } from '../params.ts';
import { duplicateTagKeys, invalid, invalidConfiguration, tooManyTags, unsupportedProtocol } from './errors.ts';
import {
  isSecure,
  isWeb,
  PROTOCOLS,
  type Attributes,
  type HealthCheck,
  type Listener,
  type Protocol,
} from './model.ts';
import { defaultPolicyNames } from './policy-types.ts';
import { parseTarget } from './probe.ts';

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/;

const within = (name: string, value: number, least: number, most: number): number => {
  if (value < least || value > most) throw invalid(`${name} must be between ${least} and ${most}, but is ${value}`);
  return value;
};

export const readName = (params: Params): string => requiredText(params, 'LoadBalancerName');

/** The name of a balancer to be made: at most 32 letters, digits and inner hyphens. */
export const readNewName = (params: Params): string => {
  const name = readName(params);
  if (name.length > 32) throw invalid('LoadBalancerName cannot be longer than 32 characters');
  if (!NAME.test(name)) {
    throw invalid(
      'LoadBalancerName must contain only alphanumeric characters or hyphens, and not start or end with one',
    );
  }
  return name;
};

const readProtocol = (text: string): Protocol => {
  const protocol = PROTOCOLS.find((known) => known === text.toUpperCase());
  if (protocol === undefined) throw unsupportedProtocol(text);
  return protocol;
};

const readListener = (params: Params): Listener => {
  const protocol = readProtocol(requiredText(params, 'Protocol'));
  const given = optionalText(params, 'InstanceProtocol');
  const instanceProtocol = given === undefined ? (isWeb(protocol) ? 'HTTP' : 'TCP') : readProtocol(given);
  if (isWeb(protocol) !== isWeb(instanceProtocol)) {
    throw invalidConfiguration(
      `Protocol ${protocol} and InstanceProtocol ${instanceProtocol} must be of the same layer`,
    );
  }
  const certificateId = optionalText(params, 'SSLCertificateId');
  if (isSecure(protocol) && certificateId === undefined) {
    throw invalid('Secure Listeners need to specify a SSLCertificateId');
  }
  return {
    protocol,
    loadBalancerPort: within('LoadBalancerPort', Number(params.LoadBalancerPort), 1, 65535),
    instanceProtocol,
    instancePort: within('InstancePort', Number(params.InstancePort), 1, 65535),
    ...(certificateId === undefined ? {} : { certificateId }),
    policyNames: defaultPolicyNames({ protocol }),
  };
};

/** At least one, and none of them twice. */
export const readListeners = (params: Params): Listener[] => {
  const listeners = list(params, 'Listeners').map(readListener);
  if (listeners.length === 0) throw invalid('Listeners cannot be empty');
  if (new Set(listeners.map((listener) => listener.loadBalancerPort)).size < listeners.length) {
    throw invalid('Listeners must not name a LoadBalancerPort twice');
  }
  return listeners;
};

export const readHealthCheck = (params: Params): HealthCheck => {
  const check = (params.HealthCheck ?? {}) as Params;
  const target = requiredText(check, 'Target');
  if (!/^(HTTPS?|TCP|SSL):/i.test(target)) {
    throw invalid('HealthCheck Target must begin with one of HTTP, TCP, HTTPS, SSL');
  }
  if (/^HTTPS?:\d+$/i.test(target)) {
    throw invalid(
      'HealthCheck HTTP Target must specify a port followed by a path that begins with a slash. e.g. HTTP:80/ping/this/path',
    );
  }
  if (parseTarget(target) === undefined) {
    throw invalid(`HealthCheck Target ${target} must be PROTOCOL:PORT, with a path only for HTTP and HTTPS`);
  }
  const intervalSeconds = within('HealthCheck Interval', Number(check.Interval), 5, 300);
  const timeoutSeconds = within('HealthCheck Timeout', Number(check.Timeout), 2, 60);
  if (timeoutSeconds >= intervalSeconds) {
    throw invalid('HealthCheck timeout must be less than interval');
  }
  return {
    target,
    intervalSeconds,
    timeoutSeconds,
    unhealthyThreshold: within('HealthCheck UnhealthyThreshold', Number(check.UnhealthyThreshold), 2, 10),
    healthyThreshold: within('HealthCheck HealthyThreshold', Number(check.HealthyThreshold), 2, 10),
  };
};

/** The attributes after a ModifyLoadBalancerAttributes; what the call does not name stays. */
export const mergeAttributes = (before: Attributes, params: Params): Attributes => {
  const given = (params.LoadBalancerAttributes ?? {}) as Record<string, Params | undefined>;
  const { CrossZoneLoadBalancing, ConnectionDraining, AccessLog, ConnectionSettings } = given;
  const additional = list((params.LoadBalancerAttributes ?? {}) as Params, 'AdditionalAttributes');
  return {
    crossZone: (CrossZoneLoadBalancing?.Enabled as boolean | undefined) ?? before.crossZone,
    draining: ConnectionDraining ? readDraining(before.draining, ConnectionDraining) : before.draining,
    accessLog: AccessLog ? readAccessLog(AccessLog) : before.accessLog,
    idleTimeoutSeconds: ConnectionSettings
      ? within('IdleTimeout', Number(ConnectionSettings.IdleTimeout), 1, 4000)
      : before.idleTimeoutSeconds,
    desyncMitigationMode: additional.reduce(readDesyncMode, before.desyncMitigationMode),
  };
};

const DESYNC_KEY = 'elb.http.desyncmitigationmode';
const DESYNC_MODES = ['monitor', 'defensive', 'strictest'];

const readDesyncMode = (_before: string, attribute: Params): string => {
  const key = requiredText(attribute, 'Key');
  if (key !== DESYNC_KEY) throw invalidConfiguration(`The attribute ${key} is not a valid additional attribute`);
  const mode = requiredText(attribute, 'Value');
  if (!DESYNC_MODES.includes(mode))
    throw invalidConfiguration(`${DESYNC_KEY} must be one of ${DESYNC_MODES.join(', ')}`);
  return mode;
};

const readDraining = (before: Attributes['draining'], params: Params): Attributes['draining'] => ({
  enabled: (params.Enabled as boolean | undefined) ?? before.enabled,
  timeoutSeconds: within(
    'ConnectionDraining Timeout',
    (params.Timeout as number | undefined) ?? before.timeoutSeconds,
    1,
    3600,
  ),
});

const readAccessLog = (params: Params): Attributes['accessLog'] => {
  const enabled = (params.Enabled as boolean | undefined) ?? false;
  const bucket = optionalText(params, 'S3BucketName');
  const prefix = optionalText(params, 'S3BucketPrefix');
  const emitIntervalMinutes = (params.EmitInterval as number | undefined) ?? 60;
  if (enabled && bucket === undefined) throw invalid('S3BucketName must be specified when access log is enabled');
  if (emitIntervalMinutes !== 5 && emitIntervalMinutes !== 60) throw invalid('EmitInterval must be 5 or 60');
  return {
    enabled,
    emitIntervalMinutes,
    ...(bucket === undefined ? {} : { bucket }),
    ...(prefix === undefined ? {} : { prefix }),
  };
};

export const MOST_TAGS = 10;

/** No more than a balancer may have, and none of them twice. */
export const readTags = (params: Params): Record<string, string> => {
  const tags: Record<string, string> = {};
  for (const tag of list(params, 'Tags')) {
    const key = requiredText(tag, 'Key');
    if (Object.hasOwn(tags, key)) throw duplicateTagKeys(key);
    tags[key] = optionalText(tag, 'Value') ?? '';
  }
  if (Object.keys(tags).length > MOST_TAGS) throw tooManyTags();
  return tags;
};

export const readInstanceIds = (params: Params): string[] =>
  list(params, 'Instances').map((instance) => requiredText(instance, 'InstanceId'));
