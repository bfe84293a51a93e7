import assert from 'node:assert/strict';
import { AwsError, type Params } from '../../src/localcloud/engine/contract.ts';
import { createSecretSource } from '../../src/localcloud/services/secret-source.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf';
const ROLE = 'arn:aws:iam::123456789012:role/execution';
const FAILED = 'unable to pull secrets or registry auth: execution resource retrieval failed:';

describe('localcloud secrets of containers', () => {
  const asked: Params[] = [];
  const source = createSecretSource(
    {
      getValue: (params) => {
        asked.push(params);
        if (params.SecretId === ARN) return { SecretString: '{"user":"alice","port":5432}' };
        if (params.SecretId === `${ARN}b`) return { SecretBinary: Buffer.from('x') };
        if (params.SecretId === `${ARN}t`) return { SecretString: 'text' };
        throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      },
    },
    {
      value: (reference) => (reference === '/app/key' ? 'value' : undefined),
      arnOf: (name) => `arn:aws:ssm:eu-west-1:123456789012:parameter${name}`,
    },
    { allows: (role) => role === ROLE },
  );
  const value = (valueFrom: string, role = ROLE): string => {
    const read = source.read(valueFrom, { role, taskId: '0123' });
    return 'value' in read ? read.value : read.reason;
  };

  it('are whole secrets, fields of them, and parameters', () => {
    assert.equal(value(ARN), '{"user":"alice","port":5432}');
    assert.equal(value(`${ARN}:user::`), 'alice');
    assert.equal(value(`${ARN}:port::`), '5432');
    assert.equal(value('/app/key'), 'value');
  });

  it('may be of a certain version', () => {
    value(`${ARN}::AWSPREVIOUS:`);
    value(`${ARN}:user::0123`);
    assert.deepEqual(asked.slice(-2), [
      { SecretId: ARN, VersionStage: 'AWSPREVIOUS', VersionId: undefined },
      { SecretId: ARN, VersionStage: undefined, VersionId: '0123' },
    ]);
  });

  it('are kept from a role that may not read them', () => {
    const other = 'arn:aws:iam::123456789012:role/of/others';
    const denied = (action: string, resource: string) =>
      `AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/others/0123 is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
    assert.equal(
      value(`${ARN}:user::`, other),
      `${FAILED} unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${ARN} from secrets manager: ${denied('secretsmanager:GetSecretValue', ARN)}`,
    );
    assert.equal(
      value('/app/key', other),
      `${FAILED} unable to retrieve secrets from ssm: service call has been retried 1 time(s): ${denied('ssm:GetParameters', 'arn:aws:ssm:eu-west-1:123456789012:parameter/app/key')}`,
    );
  });

  it('are refused in the words of the agent', () => {
    const asm = `${FAILED} unable to retrieve secret from asm: service call has been retried 1 time(s):`;
    assert.equal(
      value(`${ARN}x`),
      `${asm} failed to fetch secret ${ARN}x from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    );
    assert.equal(value(`${ARN}:none::`), `${asm} retrieved secret from Secrets Manager did not contain json key none`);
    assert.match(value(`${ARN}t:user::`), /is not a JSON document$/);
    assert.match(value(`${ARN}b`), /binary secrets cannot be used$/);
    assert.equal(
      value('/none'),
      `${FAILED} unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: /none`,
    );
  });
});
