import type { OperationTable, Params } from '../../engine/contract.ts';
import { texts } from '../params.ts';
import { groupName, type Context } from './context.ts';
import { describeActivity } from './describe.ts';
import { validation } from './errors.ts';
import { PROCESSES, type Process } from './model.ts';
import { page } from './paging.ts';

/** The processes a call names, all of them when it names none. @throws ValidationError */
const processesOf = (params: Params): Process[] => {
  const names = texts(params, 'ScalingProcesses');
  const strange = names.find((name) => !(PROCESSES as readonly string[]).includes(name));
  if (strange !== undefined)
    throw validation(`Invalid process type: ${strange}. Valid values: ${PROCESSES.join(', ')}`);
  return names.length > 0 ? (names as Process[]) : [...PROCESSES];
};

/** Processes that can be held up, and what the group has been doing. */
export const processOperations = ({ engine, store, control }: Context): OperationTable => ({
  SuspendProcesses: {
    mutating: true,
    resource: groupName,
    run: (params) => {
      const group = store.require(String(params.AutoScalingGroupName));
      for (const process of processesOf(params)) group.suspended[process] ??= engine.clock.now();
      return {};
    },
  },
  ResumeProcesses: {
    mutating: true,
    resource: groupName,
    run: (params) => {
      const group = store.require(String(params.AutoScalingGroupName));
      for (const process of processesOf(params)) delete group.suspended[process];
      control.lookSoon(group);
      return {};
    },
  },
  DescribeScalingProcessTypes: {
    mutating: false,
    depth: 'fixed',
    run: () => ({ Processes: PROCESSES.map((ProcessName) => ({ ProcessName })) }),
  },
  DescribeScalingActivities: {
    mutating: false,
    resource: groupName,
    note: 'the newest thousand of a group; no filters',
    run: (params) => {
      const name = groupName(params);
      const ids = texts(params, 'ActivityIds');
      const withDeleted = params.IncludeDeletedGroups === true;
      const all = store.activities();
      // A group that is deleted can still be asked about, if one says so.
      const isPast = withDeleted && all.some(({ group, groupArn }) => group === name || groupArn === name);
      const group = name === undefined || isPast ? undefined : store.require(name);
      const found = all
        .filter(({ id }) => ids.length === 0 || ids.includes(id))
        .filter((activity) => withDeleted || activity.isOfDeletedGroup !== true)
        .filter((activity) => name === undefined || [activity.group, activity.groupArn].includes(group?.name ?? name));
      const { items, NextToken } = page(found, params, { byDefault: 100, most: 100 });
      return { Activities: items.map(describeActivity), NextToken };
    },
  },
});
