import type { OperationTable, Params } from '../../engine/contract.ts';
import { list } from '../params.ts';
import { addTags, tooManyTags } from '../tag-set.ts';
import type { Context } from './context.ts';
import { describeTags } from './describe.ts';
import { validation } from './errors.ts';
import { readTags } from './input.ts';
import type { Group } from './model.ts';
import { page } from './paging.ts';

const filterMatches = (tag: Params, { Name: name, Values: values = [] }: Params): boolean => {
  const wanted = (values as unknown[]).map(String);
  if (name === 'auto-scaling-group') return wanted.includes(String(tag.ResourceId));
  if (name === 'key') return wanted.includes(String(tag.Key));
  if (name === 'value') return wanted.includes(String(tag.Value));
  if (name === 'propagate-at-launch') return wanted.includes(String(tag.PropagateAtLaunch));
  throw validation(
    `Filter type ${String(name)} is not correct. Allowed Filter types are: auto-scaling-group key value propagate-at-launch`,
  );
};

/** Tags reach instances that are launched later; those there are keep theirs. */
export const tagOperations = ({ store }: Pick<Context, 'store'>): OperationTable => {
  const groupOf = ({ ResourceId: id, ResourceType: type = 'auto-scaling-group' }: Params): Group => {
    if (type !== 'auto-scaling-group') throw validation(`The resource type ${String(type)} is not supported.`);
    if (id === undefined) throw validation('The ResourceId of a tag is required.');
    return store.require(String(id));
  };
  return {
    CreateOrUpdateTags: {
      mutating: true,
      resource: (params) => list(params, 'Tags').map(({ ResourceId }) => String(ResourceId))[0],
      run: (params) => {
        const changes = list(params, 'Tags').map((tag) => ({ group: groupOf(tag), tags: readTags([tag]) }));
        for (const { group, tags } of changes) {
          addTags(group.tags, tags, tooManyTags('ValidationError'));
        }
        return {};
      },
    },
    DeleteTags: {
      mutating: true,
      resource: (params) => list(params, 'Tags').map(({ ResourceId }) => String(ResourceId))[0],
      run: (params) => {
        const tags = list(params, 'Tags').map((tag) => ({ group: groupOf(tag), key: String(tag.Key) }));
        for (const { group, key } of tags) delete group.tags[key];
        return {};
      },
    },
    DescribeTags: {
      mutating: false,
      run: (params) => {
        const found = store
          .groups()
          .flatMap(describeTags)
          .filter((tag) => list(params, 'Filters').every((filter) => filterMatches(tag, filter)));
        const { items, NextToken } = page(found, params, { byDefault: 50, most: 100 });
        return { Tags: items, NextToken };
      },
    },
  };
};
