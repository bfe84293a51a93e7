/** Reusable delegation sets: name servers that stay the same from zone to zone. */
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import { optionalText, requiredText } from '../params.ts';
import { pageById } from './paging.ts';
import { QUOTAS } from './quota-values.ts';
import type { Context, DelegationSet, State } from './state.ts';
import { chooseNameServers, findZone } from './zones.ts';

const LARGEST_PAGE = 100;

export const findDelegationSet = ({ delegationSets }: Pick<State, 'delegationSets'>, id: string): DelegationSet => {
  const bare = id.replace(/^\/delegationset\//, '');
  const set = delegationSets[bare];
  if (set === undefined)
    throw new AwsError('NoSuchDelegationSet', `The reusable delegation set does not exist: ${bare}`);
  return set;
};

const writeDelegationSet = ({ id, callerReference, nameServers }: DelegationSet): Params => ({
  Id: `/delegationset/${id}`,
  CallerReference: callerReference,
  NameServers: nameServers,
});

export const createDelegationSetOperations = ({ engine, state }: Context): OperationTable => {
  const create: Operation = (params) => {
    const callerReference = requiredText(params, 'CallerReference');
    const sets = Object.values(state().delegationSets);
    if (sets.some((set) => set.callerReference === callerReference)) {
      throw new AwsError(
        'DelegationSetAlreadyCreated',
        'A delegation set with the same owner and caller reference combination has already been created.',
      );
    }
    const zoneId = optionalText(params, 'HostedZoneId');
    const zone = zoneId === undefined ? undefined : findZone(state().zones, zoneId);
    if (zone?.delegationSetId !== undefined) {
      throw new AwsError(
        'DelegationSetAlreadyReusable',
        'The specified delegation set has already been marked as reusable.',
      );
    }
    if (engine.settings.strict && sets.length >= QUOTAS.delegationSets) {
      throw new AwsError('LimitsExceeded', `Limit of ${QUOTAS.delegationSets} reusable delegation sets exceeded.`);
    }
    const nameServers = zone?.nameServers ?? chooseNameServers(engine);
    const set = { id: `N${engine.random.code(20)}`, callerReference, nameServers };
    state().delegationSets[set.id] = set;
    if (zone !== undefined) zone.delegationSetId = set.id;
    return {
      DelegationSet: writeDelegationSet(set),
      Location: `https://route53.amazonaws.com/2013-04-01/delegationset/${set.id}`,
    };
  };

  const remove: Operation = (params) => {
    const { id } = findDelegationSet(state(), requiredText(params, 'Id'));
    if (Object.values(state().zones).some(({ delegationSetId }) => delegationSetId === id)) {
      throw new AwsError(
        'DelegationSetInUse',
        'The specified delegation set contains associated hosted zones which must be deleted before the reusable delegation set can be deleted.',
      );
    }
    delete state().delegationSets[id];
    return {};
  };

  const list: Operation = (params) => {
    const { items, members } = pageById(Object.values(state().delegationSets), params, LARGEST_PAGE);
    return { DelegationSets: items.map(writeDelegationSet), ...members };
  };

  const resource = (params: Params): string | undefined => optionalText(params, 'Id');
  return {
    CreateReusableDelegationSet: { run: create, mutating: true },
    DeleteReusableDelegationSet: { run: remove, mutating: true, resource },
    GetReusableDelegationSet: {
      run: (params) => ({ DelegationSet: writeDelegationSet(findDelegationSet(state(), requiredText(params, 'Id'))) }),
      mutating: false,
      resource,
    },
    ListReusableDelegationSets: { run: list, mutating: false },
  };
};
