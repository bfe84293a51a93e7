import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { call } from './call.ts';

/** The twelve digits of the AWS account that the credentials belong to (STS GetCallerIdentity, one call). */
export async function readAccountId(sts: STSClient, signal?: AbortSignal): Promise<string> {
  const { Account = '' } = await call(sts, new GetCallerIdentityCommand({}), signal);
  return Account;
}
