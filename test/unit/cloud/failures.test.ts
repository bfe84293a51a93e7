import assert from 'node:assert/strict';
import { ECSClient, DescribeClustersCommand } from '@aws-sdk/client-ecs';
import { call } from '../../../src/cloud/call.ts';
import { toWonderlandError } from '../../../src/cloud/failures.ts';
import { isWonderlandError, WonderlandError, type ErrorCode } from '../../../src/domain/errors.ts';

const CALL = { service: 'ECS', operation: 'UpdateService' };

/** As an SDK error looks: its name is AWS's code. */
const awsError = (name: string, httpStatusCode?: number, message = 'text') =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode, requestId: 'r-1' } });

describe('toWonderlandError', () => {
  const cases: [string, number | undefined, ErrorCode][] = [
    ['ThrottlingException', 400, 'rate_limited'],
    ['Throttling', 400, 'rate_limited'],
    ['RequestLimitExceeded', 503, 'rate_limited'],
    ['PriorRequestNotComplete', 400, 'rate_limited'],
    ['ServiceNotFoundException', 400, 'not_found'],
    ['ClusterNotFoundException', 400, 'not_found'],
    ['AccessPointNotFoundException', 400, 'not_found'],
    ['NoSuchHostedZone', 404, 'not_found'],
    ['ServerException', 500, 'unavailable'],
    ['TimeoutError', undefined, 'unavailable'],
    ['AbortError', undefined, 'unavailable'],
    ['InvalidParameterException', 400, 'upstream'],
    ['AccessDeniedException', 400, 'upstream'],
    ['CredentialsProviderError', undefined, 'upstream'],
    ['ServiceNotActiveException', 400, 'upstream'],
  ];
  for (const [name, status, code] of cases) {
    it(`maps ${name} (${status ?? 'no answer'}) to ${code}`, () => {
      const error = toWonderlandError(awsError(name, status), CALL);
      assert.equal(error.code, code);
      assert.equal(error.details?.awsCode, name);
      assert.equal(error.details?.operation, 'UpdateService');
      assert.match(error.message, /^ECS UpdateService /);
      assert.ok(error.hint);
    });
  }

  it('says in plain words that a role cannot be passed, and what to do', () => {
    const role = 'arn:aws:iam::123456789012:role/app';
    const message = `User: arn:aws:iam::123456789012:user/worker is not authorized to perform: iam:PassRole on resource: ${role} because no identity-based policy allows the iam:PassRole action`;
    const refused = toWonderlandError(awsError('AccessDeniedException', 400, message), CALL);
    assert.equal(refused.code, 'precondition_failed');
    assert.equal(refused.message, `ECS UpdateService was refused: this process may not pass the role ${role} to ECS`);
    assert.match(refused.hint ?? '', /^Allow iam:PassRole on this role/);
    const missing = toWonderlandError(awsError('ClientException', 400, 'Role is not valid'), CALL);
    assert.deepEqual([missing.code, missing.details?.awsCode], ['precondition_failed', 'ClientException']);
    assert.match(missing.hint ?? '', /`iam.role-arn`/);
  });

  it('lets a WonderlandError pass', () => {
    const error = new WonderlandError('capacity', 'full');
    assert.equal(toWonderlandError(error, CALL), error);
  });

  it('repeats no value that was sent', () => {
    const message = "1 validation error detected: Value 'swordfish' at 'environment' failed to satisfy constraint";
    const error = toWonderlandError(awsError('ValidationException', 400, message), CALL);
    assert.match(error.message, /failed to satisfy constraint/);
    assert.ok(!JSON.stringify([error.message, error.details, error.cause, error.stack]).includes('swordfish'));
  });

  it('calls a refused connection unavailable, by the code of the socket', async () => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const ecs = new ECSClient({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1', maxAttempts: 1, credentials });
    await assert.rejects(call(ecs, new DescribeClustersCommand({})), (error) => {
      assert.ok(isWonderlandError(error));
      assert.deepEqual([error.code, error.details?.awsCode], ['unavailable', 'ECONNREFUSED']);
      return true;
    });
  });
});
