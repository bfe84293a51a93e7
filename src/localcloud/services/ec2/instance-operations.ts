import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { optionalText, texts } from '../params.ts';
import { describeReservation } from './describe.ts';
import { dryRun } from './dry-run.ts';
import { checkInstanceId, incorrectState, instanceNotFound, invalidValue } from './errors.ts';
import type { Fleet } from './fleet.ts';
import { launchSpec, withTemplate } from './launch-spec.ts';
import type { LaunchTemplates } from './launch-templates.ts';
import { describeState, type Instance } from './model.ts';

/** The instances a call names. @throws InvalidInstanceID.Malformed, InvalidInstanceID.NotFound */
export const namedInstances = (fleet: Fleet, ids: readonly string[]): Instance[] => {
  ids.forEach(checkInstanceId);
  const found = ids.map((id) => fleet.get(id));
  const missing = ids.filter((_, i) => found[i] === undefined);
  if (missing.length > 0) throw instanceNotFound(missing);
  return found.filter((instance) => instance !== undefined);
};

const refuseProtected = (instance: Instance, attribute: 'disableApiTermination' | 'disableApiStop'): void => {
  const isTermination = attribute === 'disableApiTermination';
  if (!(isTermination ? instance.isProtectedFromTermination : instance.isProtectedFromStop)) return;
  throw new AwsError(
    'OperationNotPermitted',
    `The instance '${instance.instanceId}' may not be ${isTermination ? 'terminated' : 'stopped'}. Modify its '${attribute}' instance attribute and try again.`,
  );
};

export const instanceOperations = (engine: Engine, fleet: Fleet, templates: LaunchTemplates): OperationTable => {
  const byInstance = (params: Params): string | undefined => texts(params, 'InstanceIds').join(',') || undefined;

  /** Every instance is looked at before the first is touched: a call takes effect on all or on none. */
  const change =
    (answer: string, check: (instance: Instance) => void, act: (instance: Instance) => void): Operation =>
    (params) => {
      dryRun(params);
      const instances = namedInstances(fleet, texts(params, 'InstanceIds'));
      instances.forEach(check);
      return {
        [answer]: instances.map((instance) => {
          const previous = instance.state;
          act(instance);
          return {
            InstanceId: instance.instanceId,
            CurrentState: describeState(instance.state),
            PreviousState: describeState(previous),
          };
        }),
      };
    };

  const run: Operation = (params) => {
    dryRun(params);
    const { MinCount: least, MaxCount: most } = params as { MinCount: number; MaxCount: number };
    if (least < 1) throw invalidValue(`Value (${least}) for parameter minCount is invalid.`);
    if (most < least) throw invalidValue(`Value (${most}) for parameter maxCount is invalid.`);
    const clientToken = optionalText(params, 'ClientToken');
    const clientRequest = JSON.stringify({ ...params, ClientToken: undefined });
    const earlier = clientToken === undefined ? [] : fleet.list().filter((one) => one.clientToken === clientToken);
    if (earlier.some((instance) => instance.clientRequest !== clientRequest))
      throw new AwsError(
        'IdempotentParameterMismatch',
        'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
      );
    if (earlier.length > 0) return describeReservation(engine.account, earlier);
    const spec = launchSpec(withTemplate(params, templates), engine);
    const launched = fleet.launch(
      { ...spec, ...(clientToken === undefined ? {} : { clientToken, clientRequest }) },
      most,
    );
    if (launched.length < least) {
      for (const instance of launched) fleet.terminate(instance);
      throw new AwsError(
        'InsufficientFreeAddressesInSubnet',
        `There are not enough free addresses in subnet '${spec.subnetId}' to satisfy the requested number of instances.`,
      );
    }
    return describeReservation(engine.account, launched);
  };

  return {
    RunInstances: {
      run,
      mutating: true,
      note: "no Spot, no volumes, no interfaces of one's own; any well-formed image id",
    },
    StartInstances: {
      run: change(
        'StartingInstances',
        (instance) => {
          if (!['stopped', 'pending', 'running'].includes(instance.state))
            throw incorrectState(instance.instanceId, 'started');
        },
        (instance) => {
          if (instance.state === 'stopped') fleet.start(instance);
        },
      ),
      mutating: true,
      resource: byInstance,
    },
    StopInstances: {
      run: change(
        'StoppingInstances',
        (instance) => {
          if (['terminated', 'shutting-down', 'pending'].includes(instance.state))
            throw incorrectState(instance.instanceId, 'stopped');
          refuseProtected(instance, 'disableApiStop');
        },
        (instance) => {
          if (instance.state === 'running') fleet.stop(instance);
        },
      ),
      mutating: true,
      resource: byInstance,
    },
    RebootInstances: {
      run: (params) => {
        dryRun(params);
        for (const { instanceId, state } of namedInstances(fleet, texts(params, 'InstanceIds'))) {
          if (state !== 'running') throw incorrectState(instanceId, 'rebooted');
        }
        return {};
      },
      mutating: true,
      resource: byInstance,
      depth: 'keeps',
      note: 'checked; what runs on the instance goes on',
    },
    TerminateInstances: {
      run: change(
        'TerminatingInstances',
        (instance) => refuseProtected(instance, 'disableApiTermination'),
        (instance) => {
          if (!['terminated', 'shutting-down'].includes(instance.state)) fleet.terminate(instance);
        },
      ),
      mutating: true,
      resource: byInstance,
    },
  };
};
