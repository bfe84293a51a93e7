/** ARNs: `arn:aws:service:region:account:resource`. */
import type { CallContext } from './contract.ts';

/** Of whoever calls. */
export const callerArn = ({ account, userName }: Pick<CallContext, 'account' | 'userName'>): string =>
  `arn:aws:iam::${account}:user/${userName}`;

/** Empty when the text is no ARN. */
export const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
