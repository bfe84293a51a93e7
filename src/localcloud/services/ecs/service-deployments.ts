import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { isOver } from './deployments.ts';
import { briefServiceDeployment, describeRevision, describeServiceDeployment } from './describe-service.ts';
import { invalid, lastPart, lookUp, paginate, references } from './input.ts';
import type { Service, ServiceDeployment } from './model.ts';
import type { Scheduler } from './scheduler.ts';
import type { Store } from './store.ts';

const MOST_ARNS = 20;
const PAGE = 20;

interface Ports {
  store: Store;
  scheduler: Scheduler;
}

/** `…:kind/cluster/service/id`. */
const ownerOf = (store: Store, arn: string): Service | undefined => {
  const [, cluster = '', name = ''] = arn.split('/');
  return store.findService(cluster, name);
};

/** Rollouts that were and are, what they deployed, and how to stop one. */
export const serviceDeploymentOperations = ({ store, scheduler }: Ports): OperationTable => {
  /** Of a service that is known by name or ARN; an ARN says its cluster itself. */
  const findService = (params: Params): Service => {
    const reference = String(params.service);
    const inArn = /:service\/([^/]+)\//.exec(reference)?.[1];
    const { name } = store.cluster(inArn ?? params.cluster);
    const service = store.findService(name, reference);
    if (service === undefined) throw new AwsError('ServiceNotFoundException', 'Service not found.');
    return service;
  };
  const findRecord = (arn: string): { service: Service; record: ServiceDeployment } | undefined => {
    const service = ownerOf(store, arn);
    const record = service?.serviceDeployments.find((one) => one.arn === arn);
    return service === undefined || record === undefined ? undefined : { service, record };
  };
  const isAskedFor =
    ({ status, createdAt }: Params) =>
    (record: ServiceDeployment): boolean => {
      const { before, after } = (createdAt ?? {}) as { before?: Date; after?: Date };
      const states = (status ?? []) as string[];
      return (
        (states.length === 0 || states.includes(record.status)) &&
        (before === undefined || record.createdAt < before.getTime()) &&
        (after === undefined || record.createdAt > after.getTime())
      );
    };

  return {
    ListServiceDeployments: {
      mutating: false,
      resource: ({ service }) => lastPart(service),
      run: (params) => {
        const service = findService(params);
        const { items, ...more } = paginate(service.serviceDeployments.filter(isAskedFor(params)), params, PAGE);
        return { serviceDeployments: items.map((one) => briefServiceDeployment(store, service, one)), ...more };
      },
    },
    DescribeServiceDeployments: {
      mutating: false,
      run: (params) => {
        const arns = references(params.serviceDeploymentArns, 'serviceDeploymentArns', MOST_ARNS);
        const { found, failures } = lookUp(arns, (arn) => findRecord(String(arn)), String);
        const serviceDeployments = found.map(({ service, record }) =>
          describeServiceDeployment(store, service, record),
        );
        return { serviceDeployments, failures };
      },
    },
    DescribeServiceRevisions: {
      mutating: false,
      note: 'image digests are left out',
      run: (params) => {
        const arns = references(params.serviceRevisionArns, 'serviceRevisionArns', MOST_ARNS);
        const find = (arn: unknown) => {
          const service = ownerOf(store, String(arn));
          const revision = service?.revisions.find((one) => one.arn === arn);
          return service === undefined || revision === undefined ? undefined : { service, revision };
        };
        const { found, failures } = lookUp(arns, find, String);
        return {
          serviceRevisions: found.map(({ service, revision }) => describeRevision(store, service, revision)),
          failures,
        };
      },
    },
    StopServiceDeployment: {
      mutating: true,
      resource: ({ serviceDeploymentArn }) => String(serviceDeploymentArn).split('/').at(2),
      note: 'ROLLBACK only',
      run: (params) => {
        const arn = String(params.serviceDeploymentArn);
        const found = findRecord(arn);
        if (found === undefined) {
          throw new AwsError('ServiceDeploymentNotFoundException', 'Service deployment not found.');
        }
        if ((params.stopType ?? 'ROLLBACK') !== 'ROLLBACK') {
          throw invalid('The stop type ABORT is not supported: use ROLLBACK.');
        }
        const { service, record } = found;
        if (isOver(record)) {
          throw new AwsError('ConflictException', `The service deployment cannot be stopped: it is ${record.status}.`);
        }
        scheduler.deployments.requestRollback(record);
        scheduler.look(service);
        return { serviceDeploymentArn: arn };
      },
    },
  };
};
