import { isWonderlandError, WonderlandError, type ErrorCode } from '../domain/errors.ts';

/** Which call failed, in AWS's own words: `{ service: 'ECS', operation: 'UpdateService' }`. */
export interface AwsCall {
  service: string;
  operation: string;
}

/** What the SDK's errors have in common; every field may be missing when nothing answered. */
interface AwsError {
  name?: string;
  Code?: string;
  message?: string;
  code?: string;
  $fault?: 'client' | 'server';
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

/** Facts about a failed call; `awsCode` is AWS's error name, `fault` says whose fault AWS thinks it is. */
export interface AwsFailureDetails extends AwsCall {
  awsCode: string;
  fault: 'client' | 'server' | 'network';
  requestId?: string;
}

const THROTTLING =
  /^(Throttl(ing|ed)(Exception)?|RequestThrottled(Exception)?|RequestLimitExceeded|TooManyRequests(Exception)?|SlowDown|BandwidthLimitExceeded|EC2ThrottledException|PriorRequestNotComplete)$/;

const NOT_FOUND =
  /(NotFound(Exception|Fault)?|NotFoundFault|DoesNotExist)$|^(NoSuch[A-Za-z]+|Invalid[A-Za-z]+ID\.NotFound|InvalidInstance|InvalidEndPoint(Exception)?)$/;

const NO_RIGHT =
  /^(AccessDenied(Exception)?|UnauthorizedOperation|UnrecognizedClient(Exception)?|InvalidClientTokenId|ExpiredToken(Exception)?|SignatureDoesNotMatch|InvalidSignatureException|CredentialsProviderError)$/;

/** What to do when a role cannot be passed. */
export const PASS_ROLE_HINT =
  'Allow iam:PassRole on this role to the role or user that the worker runs as (docs/iam-policy.json), or name another role.';

/** ECS takes a role only from those who may pass it, and only one that is there. */
const NO_PASS = /iam:PassRole on resource: (\S+)/;
const NO_ROLE = /^Role is not valid/;

/**
 * Translates what an AWS SDK call threw; a WonderlandError passes through. The vendor's error is not kept as the
 * cause, because its text may repeat what was sent.
 *
 * Throttling → `rate_limited`; a role that cannot be passed → `precondition_failed`; a missing thing → `not_found`; no answer, or an answer of 5xx → `unavailable`;
 * anything else → `upstream`. `details` are {@link AwsFailureDetails}.
 */
export function toWonderlandError(error: unknown, call: AwsCall): WonderlandError {
  if (isWonderlandError(error)) return error;
  const aws = (error ?? {}) as AwsError;
  const status = aws.$metadata?.httpStatusCode;
  const awsCode = aws.name === undefined || aws.name === 'Error' ? (aws.Code ?? aws.code ?? 'Unknown') : aws.name;
  const details: AwsFailureDetails & Record<string, unknown> = {
    ...call,
    awsCode,
    fault: status === undefined ? 'network' : (aws.$fault ?? (status >= 500 ? 'server' : 'client')),
    ...(aws.$metadata?.requestId === undefined ? {} : { requestId: aws.$metadata.requestId }),
  };
  const refusal = refusedRole(aws.message ?? '');
  if (refusal !== undefined) {
    const message = `${call.service} ${call.operation} was refused: ${refusal.why}`;
    return new WonderlandError('precondition_failed', message, { hint: refusal.hint, details });
  }
  const code = codeOf(awsCode, status);
  return new WonderlandError(code, `${call.service} ${call.operation} ${explain(code, awsCode, aws)}`, {
    hint: hintOf(code, awsCode),
    details,
  });
}

function refusedRole(message: string): { why: string; hint: string } | undefined {
  const [, role] = NO_PASS.exec(message) ?? [];
  if (role !== undefined) return { why: `this process may not pass the role ${role} to ECS`, hint: PASS_ROLE_HINT };
  if (!NO_ROLE.test(message)) return undefined;
  return {
    why: 'a role that it names does not exist',
    hint: 'Create the role, or correct `iam.role-arn` in the manifest or `execution-role-arn` in the configuration.',
  };
}

function codeOf(awsCode: string, status: number | undefined): ErrorCode {
  if (THROTTLING.test(awsCode) || status === 429) return 'rate_limited';
  if (NO_RIGHT.test(awsCode)) return 'upstream';
  if (NOT_FOUND.test(awsCode)) return 'not_found';
  return status === undefined || status >= 500 ? 'unavailable' : 'upstream';
}

function explain(code: ErrorCode, awsCode: string, aws: AwsError): string {
  if (code === 'rate_limited') return `was throttled by AWS (${awsCode})`;
  const answered = aws.$metadata?.httpStatusCode !== undefined;
  return `${answered ? 'failed' : 'got no answer'} (${awsCode}): ${withoutValues(aws.message ?? '')}`;
}

function hintOf(code: ErrorCode, awsCode: string): string {
  if (code === 'rate_limited') return 'AWS takes more calls in a moment; try again.';
  if (NO_RIGHT.test(awsCode)) return 'Check the credentials and the IAM policy of this process (docs/iam-policy.json).';
  if (code === 'not_found') return 'It was deleted, or belongs to another account or region.';
  if (code === 'unavailable') return 'Try again; if it lasts, check the network and the AWS health dashboard.';
  return 'The text in brackets is the error code in the AWS documentation of this call.';
}

/** Validation texts quote what was sent, which may be the value of an environment variable. */
const withoutValues = (message: string): string => message.replace(/Value '[^']*'/g, "Value '…'").slice(0, 500);
