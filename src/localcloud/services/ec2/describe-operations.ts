import type { Operation, OperationTable, Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { list, texts } from '../params.ts';
import { describeReservation, describeStatus, instanceFilterValues, statusOf } from './describe.ts';
import { dryRun } from './dry-run.ts';
import { invalidCombination } from './errors.ts';
import { matchesFilters } from './filters.ts';
import type { Fleet } from './fleet.ts';
import { namedInstances } from './instance-operations.ts';
import type { Instance } from './model.ts';
import { page } from './paging.ts';

const PAGE = { byDefault: 1000, least: 5, most: 1000 };

/** Those of one request and page stand together. */
const reservations = (instances: readonly Instance[]): Instance[][] => {
  const byReservation = new Map<string, Instance[]>();
  for (const instance of instances) {
    byReservation.set(instance.reservationId, [...(byReservation.get(instance.reservationId) ?? []), instance]);
  }
  return [...byReservation.values()];
};

export const describeOperations = (engine: Engine, fleet: Fleet): OperationTable => {
  const chosen = (params: Params): Instance[] => {
    const ids = texts(params, 'InstanceIds');
    if (ids.length > 0 && params.MaxResults !== undefined)
      throw invalidCombination('The parameter instancesSet cannot be used with the parameter maxResults');
    return ids.length > 0 ? namedInstances(fleet, [...new Set(ids)]) : fleet.list();
  };
  const statusFilterValues = (instance: Instance, name: string): string[] | undefined => {
    const isStatus = ['instance-status.status', 'system-status.status'].includes(name);
    return isStatus ? [statusOf(instance, engine.clock.now())] : instanceFilterValues(instance, name);
  };

  const describeInstances: Operation = (params) => {
    dryRun(params);
    const found = chosen(params).filter((instance) =>
      matchesFilters(list(params, 'Filters'), (name) => instanceFilterValues(instance, name)),
    );
    const { items, NextToken } = page(found, params, PAGE);
    return {
      Reservations: reservations(items).map((instances) => describeReservation(engine.account, instances)),
      NextToken,
    };
  };
  const describeInstanceStatus: Operation = (params) => {
    dryRun(params);
    const found = chosen(params)
      .filter(({ state }) => params.IncludeAllInstances === true || state === 'running')
      .filter((instance) => matchesFilters(list(params, 'Filters'), (name) => statusFilterValues(instance, name)));
    const { items, NextToken } = page(found, params, PAGE);
    return { InstanceStatuses: items.map((instance) => describeStatus(instance, engine.clock.now())), NextToken };
  };

  const byInstance = (params: Params): string | undefined => texts(params, 'InstanceIds').join(',') || undefined;
  return {
    DescribeInstances: {
      run: describeInstances,
      mutating: false,
      resource: byInstance,
      note: 'no volumes and network interfaces; the commonest filters',
    },
    DescribeInstanceStatus: { run: describeInstanceStatus, mutating: false, resource: byInstance },
  };
};
