/** What a service says when it is not its operation that fails: in its own codes. */
import { AwsError, type FaultRule, type Params } from './engine/contract.ts';
import type { ServiceRegistration } from './registration.ts';
import type { Spoken } from './routing.ts';
import { describeProblems, findProblems } from './wire/validate.ts';

/** The connection is cut without an answer. */
export class Dropped extends Error {}

export const unserved = ({ model, scope }: Spoken, operation: string): AwsError => {
  const isAws = Object.hasOwn(model.operations, operation) || model.otherOperations.includes(operation);
  if (isAws) {
    return new AwsError(
      'NotImplemented',
      `The operation ${operation} of ${scope} is not served by this local cloud.`,
      501,
    );
  }
  return model.protocol === 'json' || model.protocol === 'rest-xml'
    ? new AwsError('UnknownOperationException', `There is no operation ${operation}.`)
    : new AwsError('InvalidAction', `The action ${operation} is not valid for this web service.`);
};

/** What a caller sees of a mistake in here. */
export const internalError = (service: ServiceRegistration): AwsError =>
  new AwsError(service.internalCode ?? 'InternalFailure', 'An internal error occurred.', 500);

export const throttled = (service: ServiceRegistration): AwsError =>
  new AwsError(service.throttlingCode ?? 'ThrottlingException', 'Rate exceeded');

export const faultError = (service: ServiceRegistration, { kind }: FaultRule): Error => {
  if (kind === 'drop') return new Dropped();
  if (kind === 'throttle') return throttled(service);
  const code = kind === 'unavailable' ? 'ServiceUnavailable' : (service.internalCode ?? 'InternalFailure');
  return new AwsError(code, 'An internal error occurred (injected fault).', kind === 'unavailable' ? 503 : 500);
};

/** @throws AwsError when the members are not as the model wants them */
export const checkMembers = (
  service: ServiceRegistration,
  { model }: Pick<Spoken, 'model'>,
  operation: string,
  params: Params,
): void => {
  const problems = findProblems(model, operation, params);
  if (problems.length === 0) return;
  const code = service.validationCode ?? 'ValidationException';
  const isMissing = problems.some(({ kind }) => kind === 'missing');
  throw new AwsError(isMissing ? (service.missingCode ?? code) : code, describeProblems(problems));
};

/** AWS passes most of them over; here they are slips that somebody wants to hear of. */
export const refuseUnknown = (service: ServiceRegistration, unknown: readonly string[]): void => {
  if (unknown.length === 0) return;
  const what = `Unknown parameter${unknown.length === 1 ? '' : 's'} in the request: ${unknown.join(', ').slice(0, 500)}`;
  throw new AwsError(service.validationCode ?? 'ValidationException', what);
};
