/** What the ECS agent does with `valueFrom` before it starts a task, and how it puts what goes wrong. */
import { AwsError, type Roles, type SecretSource } from '../engine/contract.ts';
import type { SecretsManager } from './secretsmanager.ts';
import type { Ssm } from './ssm.ts';

const FAILED = 'unable to pull secrets or registry auth: execution resource retrieval failed:';
const RETRIED = 'service call has been retried 1 time(s):';

type Read = ReturnType<SecretSource['read']>;
type Reader = Parameters<SecretSource['read']>[1];

const failed = (what: string, why: string): Read => ({
  reason: `${FAILED} unable to retrieve ${what}: ${RETRIED} ${why}`,
});

/** `arn:aws:secretsmanager:region:account:secret:name-AbCdEf`, and what may follow: `:json-key:version-stage:version-id`. */
const parseReference = (valueFrom: string) => {
  const parts = valueFrom.split(':');
  const [key = '', stage = '', version = ''] = parts.slice(7);
  return {
    arn: parts.slice(0, 7).join(':'),
    ...(key !== '' && { key }),
    ...(stage !== '' && { stage }),
    ...(version !== '' && { version }),
  };
};

const fieldOf = (text: string, key: string): Read => {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return failed('secret from asm', 'retrieved secret from Secrets Manager is not a JSON document');
  }
  const value = (fields as Record<string, unknown> | null)?.[key];
  if (value === undefined)
    return failed('secret from asm', `retrieved secret from Secrets Manager did not contain json key ${key}`);
  return { value: typeof value === 'string' ? value : JSON.stringify(value) };
};

export const createSecretSource = (
  { getValue }: Pick<SecretsManager, 'getValue'>,
  ssm: Pick<Ssm, 'value' | 'arnOf'>,
  roles: Pick<Roles, 'allows'>,
): SecretSource => {
  /** Undefined when the role may do it. */
  const denial = ({ role, taskId }: Reader, action: string, resource: string): string | undefined => {
    if (roles.allows(role, action, resource)) return undefined;
    const session = `${role.replace(':iam:', ':sts:').replace(/:role\/(?:.*\/)?/, ':assumed-role/')}/${taskId}`;
    return `AccessDeniedException: User: ${session} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
  };

  const readSecret = (valueFrom: string, as: Reader): Read => {
    const { arn, key, stage, version } = parseReference(valueFrom);
    const from = `failed to fetch secret ${arn} from secrets manager:`;
    const denied = denial(as, 'secretsmanager:GetSecretValue', arn);
    if (denied !== undefined) return failed('secret from asm', `${from} ${denied}`);
    let text: string | undefined;
    try {
      text = getValue({ SecretId: arn, VersionStage: stage, VersionId: version }).SecretString as string | undefined;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return failed('secret from asm', `${from} ${error.code}: ${error.message}`);
    }
    if (text === undefined)
      return failed(
        'secret from asm',
        `secret ${arn} does not have a value of type string: binary secrets cannot be used`,
      );
    return key === undefined ? { value: text } : fieldOf(text, key);
  };

  const readParameter = (reference: string, as: Reader): Read => {
    const denied = denial(as, 'ssm:GetParameters', ssm.arnOf(reference));
    if (denied !== undefined) return failed('secrets from ssm', denied);
    const value = ssm.value(reference);
    return value === undefined ? failed('secrets from ssm', `invalid ssm parameters: ${reference}`) : { value };
  };

  return {
    read: (valueFrom, as) =>
      valueFrom.startsWith('arn:aws:secretsmanager:') ? readSecret(valueFrom, as) : readParameter(valueFrom, as),
  };
};
