import { AwsError, type OperationTable } from '../../engine/contract.ts';
import type { Context } from './context.ts';
import { MOST_GROUPS } from './group-operations.ts';
import { ADJUSTMENT_TYPES } from './policy-operations.ts';
import { TERMINATION_POLICIES } from './termination-policy.ts';

/** Lists that never change, and launch configurations, which AWS no longer lets new accounts make. */
export const fixedOperations = ({ store }: Pick<Context, 'store'>): OperationTable => ({
  DescribeAccountLimits: {
    mutating: false,
    run: () => ({
      MaxNumberOfAutoScalingGroups: MOST_GROUPS,
      MaxNumberOfLaunchConfigurations: 200,
      NumberOfAutoScalingGroups: store.groups().length,
      NumberOfLaunchConfigurations: 0,
    }),
  },
  DescribeAdjustmentTypes: {
    mutating: false,
    depth: 'fixed',
    run: () => ({ AdjustmentTypes: ADJUSTMENT_TYPES.map((AdjustmentType) => ({ AdjustmentType })) }),
  },
  DescribeTerminationPolicyTypes: {
    mutating: false,
    depth: 'fixed',
    run: () => ({ TerminationPolicyTypes: TERMINATION_POLICIES }),
  },
  CreateLaunchConfiguration: {
    mutating: true,
    depth: 'fixed',
    note: 'refused, as AWS refuses new accounts',
    run: () => {
      throw new AwsError(
        'UnsupportedOperation',
        'The Launch Configuration creation operation is not available in your account. Use launch templates to create configuration templates for your Auto Scaling groups.',
      );
    },
  },
  DescribeLaunchConfigurations: {
    mutating: false,
    depth: 'fixed',
    note: 'there are none',
    run: () => ({ LaunchConfigurations: [] }),
  },
});
