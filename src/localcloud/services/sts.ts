/** STS: who the caller is; deployments say which account they speak of. */
import { callerArn } from '../engine/arn.ts';
import type { Engine, Parts } from '../registration.ts';

export const createSts = (engine: Engine): Parts => ({
  services: [
    {
      scope: 'sts',
      model: 'sts',
      throttlingCode: 'Throttling',
      validationCode: 'ValidationError',
      operations: {
        GetCallerIdentity: {
          run: (_params, { accessKeyId, userName }) => ({
            UserId: `AIDA${accessKeyId.slice(4)}`,
            Account: engine.account,
            Arn: callerArn({ account: engine.account, userName }),
          }),
          mutating: false,
        },
      },
    },
  ],
});
