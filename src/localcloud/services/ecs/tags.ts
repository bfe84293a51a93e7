import type { OperationTable } from '../../engine/contract.ts';
import { tagList } from './describe.ts';
import { invalid, readTags, requireFewTags } from './input.ts';
import type { Tags } from './model.ts';
import type { Store } from './store.ts';

/** What ECS itself puts on a task with `enableECSManagedTags`. */
export const managedTags = (cluster: string, service?: string): Tags => ({
  'aws:ecs:clusterName': cluster,
  ...(service !== undefined && { 'aws:ecs:serviceName': service }),
});

/** Tags of whatever has an ARN. */
export const tagOperations = (store: Store): OperationTable => {
  const find = (arn: unknown): { tags: Tags } => {
    const key = String(arn ?? '');
    const name = key.split('/').at(-1) ?? '';
    const found =
      store.services.get(key) ??
      store.tasks.get(key) ??
      store.definitions.get(key) ??
      store.instances.get(key) ??
      (key.includes(':cluster/') ? store.clusters.get(name) : undefined);
    if (found === undefined) throw invalid(`The specified resource is not found: ${key}`);
    return found;
  };
  const resource = (params: { resourceArn?: unknown }): string | undefined =>
    String(params.resourceArn ?? '')
      .split('/')
      .at(-1);
  return {
    TagResource: {
      mutating: true,
      resource,
      run: (params) => {
        const found = find(params.resourceArn);
        const tags = { ...found.tags, ...readTags(params.tags) };
        requireFewTags(tags);
        found.tags = tags;
        return {};
      },
    },
    UntagResource: {
      mutating: true,
      resource,
      run: (params) => {
        const found = find(params.resourceArn);
        const gone = new Set((params.tagKeys ?? []) as string[]);
        if ([...gone].some((key) => key.toLowerCase().startsWith('aws:'))) {
          throw invalid('Tag keys must not begin with aws:.');
        }
        found.tags = Object.fromEntries(Object.entries(found.tags).filter(([key]) => !gone.has(key)));
        return {};
      },
    },
    ListTagsForResource: {
      mutating: false,
      resource,
      run: (params) => ({ tags: tagList(find(params.resourceArn).tags) }),
    },
  };
};
