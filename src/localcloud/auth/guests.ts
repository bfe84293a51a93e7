/** Callers without a signature: whoever follows a link in what SNS sends. */
import { accountOf } from '../engine/arn.ts';
import type { WireRequest } from '../wire/message.ts';
import { readForm } from '../wire/query.ts';
import { ACCOUNTS, ANONYMOUS, type Principal } from './accounts.ts';

/** The only calls AWS takes from anybody. */
const UNSIGNED_OPERATIONS = ['ConfirmSubscription', 'Unsubscribe'];

/** They act in the account of the ARN they name; undefined when the call needs a signature. */
export const findGuest = (request: WireRequest, scope: string): Principal | undefined => {
  const { action = '' } = readForm(request);
  if (scope !== 'sns' || !UNSIGNED_OPERATIONS.includes(action)) return undefined;
  const form = new URLSearchParams(request.body === '' ? request.rawQuery : request.body);
  const arn = form.get('TopicArn') ?? form.get('SubscriptionArn') ?? '';
  const account = ACCOUNTS.find(({ id }) => id === accountOf(arn)) ?? ACCOUNTS[0];
  return account && { account, accessKeyId: ANONYMOUS, secretAccessKey: '', userName: ANONYMOUS };
};
