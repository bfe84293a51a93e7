import { DescribeSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { isWonderlandError } from '../domain/errors.ts';
import type { Reference } from '../domain/references.ts';
import { call } from './call.ts';
import { check, type Finding } from './finding.ts';

/** The ARN of a secret as ECS takes it: `arn:aws:secretsmanager:…:secret:name:json-key:version-stage:version-id`. */
export interface SecretArn {
  service: 'secretsmanager' | 'ssm';
  region: string;
  account: string;
  /** What the agent asks for, and policies are about: without what follows the name. */
  arn: string;
  versionStage?: string;
  versionId?: string;
}

export function parseSecretArn(text: string): SecretArn {
  const parts = text.split(':');
  const [, , service, region = '', account = ''] = parts;
  if (service === 'ssm') return { service, region, account, arn: parts.slice(0, 6).join(':') };
  const [, versionStage = '', versionId = ''] = parts.slice(7);
  return {
    service: 'secretsmanager',
    region,
    account,
    arn: parts.slice(0, 7).join(':'),
    ...(versionStage === '' ? {} : { versionStage }),
    ...(versionId === '' ? {} : { versionId }),
  };
}

interface Look {
  secrets: SecretsManagerClient;
  ssm: SSMClient;
  /** Where this process looks. */
  region: string;
  account: string;
  signal?: AbortSignal;
}

/**
 * Whether ECS will find a secret (DescribeSecret, DescribeParameters). No value is read: neither call answers one, and
 * the rights they take do not allow to. So whether a JSON key is in the secret is not looked at.
 */
export async function checkSecret({ key, arn: text }: Reference, at: Look): Promise<Finding[]> {
  const secret = parseSecretArn(text);
  const what = `${key}, ${text}`;
  if (secret.region !== at.region) return [{ unchecked: `${what}: it is in the region ${secret.region}` }];
  if (secret.account !== at.account) return [{ unchecked: `${what}: it is of the account ${secret.account}` }];
  return check(what, async () => {
    const problem = await (secret.service === 'ssm' ? findParameter(secret, at) : findSecret(secret, at));
    if (problem === undefined) return [];
    return [{ problem: `${key} names ${text}, ${problem}`, hint: 'Create it, or correct the ARN in the manifest.' }];
  });
}

/** What is wrong with it, undefined when nothing is. */
async function findSecret(secret: SecretArn, { secrets, signal }: Look): Promise<string | undefined> {
  const { arn, versionStage, versionId } = secret;
  try {
    const found = await call(secrets, new DescribeSecretCommand({ SecretId: arn }), signal);
    if (found.DeletedDate !== undefined) return 'a secret that is marked for deletion';
    const versions = found.VersionIdsToStages ?? {};
    // A version without a label is listed nowhere, and may be there all the same.
    if (versionId !== undefined && versionStage === undefined) return undefined;
    const stage = versionStage ?? 'AWSCURRENT';
    if (Object.values(versions).some((stages) => stages.includes(stage))) return undefined;
    return versionStage === undefined ? 'a secret without a value' : `a secret without a version labelled ${stage}`;
  } catch (error) {
    if (isWonderlandError(error) && error.code === 'not_found') return 'and there is no such secret';
    throw error;
  }
}

async function findParameter({ arn }: SecretArn, { ssm, signal }: Look): Promise<string | undefined> {
  // The ARN is the same for `name` and `/name`.
  const name = arn.slice(arn.indexOf('/') + 1);
  const filter = { Key: 'Name', Option: 'Equals', Values: [name, `/${name}`] };
  let NextToken: string | undefined;
  do {
    const page = await call(ssm, new DescribeParametersCommand({ ParameterFilters: [filter], NextToken }), signal);
    if ((page.Parameters ?? []).length > 0) return undefined;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return 'and there is no such parameter';
}
