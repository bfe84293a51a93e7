/** Tags of hosted zones and health checks. */
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import { list, optionalText, requiredText, texts } from '../params.ts';

/** By `type/id`, then by key. */
export type TagTable = Record<string, Record<string, string>>;

const MOST_TAGS = 10;

/** `exists` says whether a resource of that type is there. */
export const createTagOperations = (
  tags: () => TagTable,
  exists: (type: string, id: string) => boolean,
): OperationTable => {
  const check = (type: string, id: string): string => {
    if (type !== 'hostedzone' && type !== 'healthcheck') {
      throw new AwsError('InvalidInput', `Invalid parameter : ResourceType ${type} is unknown`);
    }
    if (!exists(type, id)) {
      const code = type === 'hostedzone' ? 'NoSuchHostedZone' : 'NoSuchHealthCheck';
      throw new AwsError(code, `No ${type} found with ID: ${id}`, 404);
    }
    return `${type}/${id}`;
  };

  const describe = (type: string, id: string): Params => ({
    ResourceType: type,
    ResourceId: id,
    Tags: Object.entries(tags()[check(type, id)] ?? {}).map(([Key, Value]) => ({ Key, Value })),
  });

  const change: Operation = (params) => {
    const key = check(requiredText(params, 'ResourceType'), requiredText(params, 'ResourceId'));
    const after = { ...tags()[key] };
    for (const name of texts(params, 'RemoveTagKeys')) delete after[name];
    for (const tag of list(params, 'AddTags')) after[requiredText(tag, 'Key')] = optionalText(tag, 'Value') ?? '';
    if (Object.keys(after).length > MOST_TAGS) {
      throw new AwsError('InvalidInput', `Invalid parameter : a resource can have at most ${MOST_TAGS} tags`);
    }
    tags()[key] = after;
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
