import type { Cases } from '../support/case.ts';

export const sts: Cases = {
  service: 'sts',
  steps: [{ name: 'me', operation: 'GetCallerIdentity' }],
};
