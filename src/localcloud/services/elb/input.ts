/** Parameters of the classic ELB API, checked and turned into what the model speaks of. */
import type { Params } from '../../engine/contract.ts';
import { list, optionalFlag, optionalInteger, optionalText, requiredInteger, requiredText } from '../params.ts';
import { invalid, invalidConfiguration } from './errors.ts';
import { PROTOCOLS, type Attributes, type HealthCheck, type Listener, type Protocol } from './model.ts';
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
  if (protocol === undefined) throw invalid(`Unknown protocol ${text}: HTTP, HTTPS, TCP and SSL are supported`);
  return protocol;
};

const isWeb = (protocol: Protocol): boolean => protocol === 'HTTP' || protocol === 'HTTPS';

export const readListener = (params: Params): Listener => {
  const protocol = readProtocol(requiredText(params, 'Protocol'));
  const given = optionalText(params, 'InstanceProtocol');
  const instanceProtocol = given === undefined ? (isWeb(protocol) ? 'HTTP' : 'TCP') : readProtocol(given);
  if (isWeb(protocol) !== isWeb(instanceProtocol)) {
    throw invalidConfiguration(
      `Protocol ${protocol} and InstanceProtocol ${instanceProtocol} must be of the same layer`,
    );
  }
  const certificateId = optionalText(params, 'SSLCertificateId');
  if ((protocol === 'HTTPS' || protocol === 'SSL') && certificateId === undefined) {
    throw invalid(`SSLCertificateId is required for a listener with protocol ${protocol}`);
  }
  return {
    protocol,
    loadBalancerPort: within('LoadBalancerPort', requiredInteger(params, 'LoadBalancerPort'), 1, 65535),
    instanceProtocol,
    instancePort: within('InstancePort', requiredInteger(params, 'InstancePort'), 1, 65535),
    ...(certificateId === undefined ? {} : { certificateId }),
  };
};

/** At least one, and none of them twice. */
export const readListeners = (params: Params): Listener[] => {
  const listeners = list(params, 'Listeners').map(readListener);
  if (listeners.length === 0) throw invalid('Listeners must be specified');
  if (new Set(listeners.map((listener) => listener.loadBalancerPort)).size < listeners.length) {
    throw invalid('Listeners must not name a LoadBalancerPort twice');
  }
  return listeners;
};

export const readHealthCheck = (params: Params): HealthCheck => {
  const check = (params.HealthCheck ?? {}) as Params;
  const target = requiredText(check, 'Target');
  if (/^HTTPS?:\d+$/i.test(target)) {
    throw invalid(
      'HealthCheck HTTP Target must specify a port followed by a path that begins with a slash. e.g. HTTP:80/ping/this/path',
    );
  }
  if (parseTarget(target) === undefined) {
    throw invalid(`HealthCheck Target ${target} must be PROTOCOL:PORT, with a path only for HTTP and HTTPS`);
  }
  const intervalSeconds = within('HealthCheck Interval', requiredInteger(check, 'Interval'), 5, 300);
  const timeoutSeconds = within('HealthCheck Timeout', requiredInteger(check, 'Timeout'), 2, 60);
  if (timeoutSeconds >= intervalSeconds) {
    throw invalid('HealthCheck timeout must be less than interval');
  }
  return {
    target,
    intervalSeconds,
    timeoutSeconds,
    unhealthyThreshold: within('HealthCheck UnhealthyThreshold', requiredInteger(check, 'UnhealthyThreshold'), 2, 10),
    healthyThreshold: within('HealthCheck HealthyThreshold', requiredInteger(check, 'HealthyThreshold'), 2, 10),
  };
};

/** The attributes after a ModifyLoadBalancerAttributes; what the call does not name stays. */
export const mergeAttributes = (before: Attributes, params: Params): Attributes => {
  const given = (params.LoadBalancerAttributes ?? {}) as Record<string, Params | undefined>;
  const { CrossZoneLoadBalancing, ConnectionDraining, AccessLog, ConnectionSettings } = given;
  return {
    crossZone: (CrossZoneLoadBalancing && optionalFlag(CrossZoneLoadBalancing, 'Enabled')) ?? before.crossZone,
    draining: ConnectionDraining ? readDraining(before.draining, ConnectionDraining) : before.draining,
    accessLog: AccessLog ? readAccessLog(AccessLog) : before.accessLog,
    idleTimeoutSeconds: ConnectionSettings
      ? within('IdleTimeout', requiredInteger(ConnectionSettings, 'IdleTimeout'), 1, 4000)
      : before.idleTimeoutSeconds,
  };
};

const readDraining = (before: Attributes['draining'], params: Params): Attributes['draining'] => ({
  enabled: optionalFlag(params, 'Enabled') ?? before.enabled,
  timeoutSeconds: within(
    'ConnectionDraining Timeout',
    optionalInteger(params, 'Timeout') ?? before.timeoutSeconds,
    1,
    3600,
  ),
});

const readAccessLog = (params: Params): Attributes['accessLog'] => {
  const enabled = optionalFlag(params, 'Enabled') ?? false;
  const bucket = optionalText(params, 'S3BucketName');
  const prefix = optionalText(params, 'S3BucketPrefix');
  const emitIntervalMinutes = optionalInteger(params, 'EmitInterval') ?? 60;
  if (enabled && bucket === undefined) throw invalid('S3BucketName must be specified when access log is enabled');
  if (emitIntervalMinutes !== 5 && emitIntervalMinutes !== 60) throw invalid('EmitInterval must be 5 or 60');
  return {
    enabled,
    emitIntervalMinutes,
    ...(bucket === undefined ? {} : { bucket }),
    ...(prefix === undefined ? {} : { prefix }),
  };
};

export const readTags = (params: Params): Record<string, string> =>
  Object.fromEntries(list(params, 'Tags').map((tag) => [requiredText(tag, 'Key'), optionalText(tag, 'Value') ?? '']));

export const readInstanceIds = (params: Params): string[] =>
  list(params, 'Instances').map((instance) => requiredText(instance, 'InstanceId'));
