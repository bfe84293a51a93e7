/** Tags of hosted zones and health checks. */
import type { Operation, OperationTable, Params } from '../../engine/contract.ts';
import { list, optionalText, requiredText, texts } from '../params.ts';
import { showTags, type Tags } from '../tag-set.ts';
import { invalidInput, noSuchHealthCheck, noSuchZone } from './errors.ts';
import type { Context } from './state.ts';

/** By `type/id`, then by key. */
export type TagTable = Record<string, Tags>;

const MOST_TAGS = 10;

export const createTagOperations = ({ state }: Context): OperationTable => {
  const check = (type: string, id: string): string => {
    const { zones, healthChecks } = state();
    if (type !== 'hostedzone' && type !== 'healthcheck') {
      throw invalidInput(`Invalid parameter : ResourceType ${type} is not served`);
    }
    if (type === 'hostedzone' && zones[id] === undefined) throw noSuchZone(id);
    if (type === 'healthcheck' && healthChecks[id] === undefined) throw noSuchHealthCheck(id);
    return `${type}/${id}`;
  };

  const describe = (type: string, id: string): Params => ({
    ResourceType: type,
    ResourceId: id,
    Tags: showTags(state().tags[check(type, id)] ?? {}),
  });

  const change: Operation = (params) => {
    const key = check(requiredText(params, 'ResourceType'), requiredText(params, 'ResourceId'));
    const after = { ...state().tags[key] };
    for (const name of texts(params, 'RemoveTagKeys')) delete after[name];
    for (const tag of list(params, 'AddTags')) after[requiredText(tag, 'Key')] = optionalText(tag, 'Value') ?? '';
    if (Object.keys(after).length > MOST_TAGS) {
      throw invalidInput(`Invalid parameter : a resource can have at most ${MOST_TAGS} tags`);
    }
    state().tags[key] = after;
    return {};
  };

  const listOne: Operation = (params) => ({
    ResourceTagSet: describe(requiredText(params, 'ResourceType'), requiredText(params, 'ResourceId')),
  });

  const listMany: Operation = (params) => ({
    ResourceTagSets: texts(params, 'ResourceIds').map((id) => describe(requiredText(params, 'ResourceType'), id)),
  });

  const resource = (params: Params): string | undefined => optionalText(params, 'ResourceId');
  return {
    ChangeTagsForResource: { run: change, mutating: true, resource },
    ListTagsForResource: { run: listOne, mutating: false, resource },
    ListTagsForResources: { run: listMany, mutating: false },
  };
};
