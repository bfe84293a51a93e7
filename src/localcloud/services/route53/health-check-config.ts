/** Settings of a health check: what is needed for its type, and the defaults filled in. */
import type { Params } from '../../engine/contract.ts';
import { optionalText, requiredText, texts } from '../params.ts';
import { invalidInput } from './errors.ts';

const PORTS: Record<string, number | undefined> = {
  HTTP: 80,
  HTTP_STR_MATCH: 80,
  HTTPS: 443,
  HTTPS_STR_MATCH: 443,
};

const invalid = (why: string) => invalidInput(`Invalid parameter : ${why}`);

/** Whether checkers ask an endpoint; the other types look at other things. */
export const asksEndpoint = ({ Type }: Params): boolean => Type === 'TCP' || String(Type) in PORTS;
export const isSearching = ({ Type }: Params): boolean => String(Type).endsWith('_STR_MATCH');

/** So that the same settings always look the same. `exists`: there is a health check of this id. */
export const readConfig = (params: Params, exists: (healthCheckId: string) => boolean): Params => {
  const config: Params = { ...params, Inverted: params.Inverted ?? false, Disabled: params.Disabled ?? false };
  if (asksEndpoint(config)) return readEndpoint(config);
  const type = requiredText(params, 'Type');
  if (type === 'CALCULATED') {
    const stranger = texts(params, 'ChildHealthChecks').find((id) => !exists(id));
    if (stranger !== undefined) throw invalid(`the child health check ${stranger} does not exist`);
    if (params.HealthThreshold === undefined) throw invalid('HealthThreshold is missing');
  }
  if (type === 'CLOUDWATCH_METRIC') {
    if (params.AlarmIdentifier === undefined) throw invalid('AlarmIdentifier is missing');
    if (params.InsufficientDataHealthStatus === undefined) throw invalid('InsufficientDataHealthStatus is missing');
  }
  if (type === 'RECOVERY_CONTROL' && params.RoutingControlArn === undefined) {
    throw invalid('RoutingControlArn is missing');
  }
  if (params.Port !== undefined) throw invalid(`Port cannot be used with the type ${type}`);
  return config;
};

const readEndpoint = (config: Params): Params => {
  const type = String(config.Type);
  if (
    optionalText(config, 'FullyQualifiedDomainName') === undefined &&
    optionalText(config, 'IPAddress') === undefined
  ) {
    throw invalid('Either IPAddress or FullyQualifiedDomainName must be specified');
  }
  const port = (config.Port as number | undefined) ?? PORTS[type];
  if (port === undefined) throw invalid('Port is required for health checks of type TCP');
  const interval = (config.RequestInterval as number | undefined) ?? 30;
  if (interval !== 10 && interval !== 30) throw invalid('RequestInterval must be 10 or 30');
  if (isSearching(config) !== (optionalText(config, 'SearchString') !== undefined)) {
    throw invalid(`SearchString must be given for health checks that match strings, and for no others`);
  }
  if (type === 'TCP' && optionalText(config, 'ResourcePath') !== undefined) {
    throw invalid('ResourcePath cannot be used with the type TCP');
  }
  return {
    ...config,
    Port: port,
    RequestInterval: interval,
    FailureThreshold: (config.FailureThreshold as number | undefined) ?? 3,
    MeasureLatency: config.MeasureLatency ?? false,
    ...(type.startsWith('HTTPS') ? { EnableSNI: config.EnableSNI ?? true } : {}),
  };
};
