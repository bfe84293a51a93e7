/** STS: who the caller is; deployments say which account they speak of. */
import type { Engine, Parts } from '../registration.ts';

export const createSts = (engine: Engine): Parts => ({
  services: [
    {
      protocol: 'query',
      scope: 'sts',
      version: '2011-06-15',
      xmlns: 'https://sts.amazonaws.com/doc/2011-06-15/',
      throttlingCode: 'Throttling',
      operations: {
        GetCallerIdentity: {
          run: (_params, { accessKeyId }) => ({
            UserId: `AIDA${accessKeyId.slice(4)}`,
            Account: engine.account,
            Arn: `arn:aws:iam::${engine.account}:user/wonderland`,
          }),
          mutating: false,
        },
      },
    },
  ],
});
