/** Log groups: their life, retention and tags. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { addTags, dropTags, type Tags } from '../tag-set.ts';
import { page } from './paging.ts';
import { badParameter, bytesOf, type Group, type LogStore } from './store.ts';

const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const GROUP_NAME = /^[.\-_/#A-Za-z0-9]+$/;

export const isGroupName = (name: string): boolean => GROUP_NAME.test(name) && name.length <= 512;

const checkGroupName = (name: string): void => {
  if (isGroupName(name)) return;
  throw badParameter(
    `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
  );
};

const checkRetention = (days: unknown): number => {
  if (RETENTION_DAYS.includes(Number(days))) return Number(days);
  throw badParameter(
    `1 validation error detected: Value '${String(days)}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${RETENTION_DAYS.join(', ')}]`,
  );
};

/** `resourceName` as the caller gave it. */
const tooManyTags = (resourceName: unknown) => (): AwsError =>
  new AwsError('TooManyTagsException', 'A resource can have no more than 50 tags.', 400, { resourceName });

export const createGroupOperations = (store: LogStore): OperationTable => {
  const { groups, groupOf, arnOf, createGroup, eventsOf } = store;

  const describe = (group: Group): Params => ({
    logGroupName: group.name,
    creationTime: group.createdAt,
    retentionInDays: group.retentionInDays,
    metricFilterCount: Object.keys(group.metricFilters).length,
    arn: `${arnOf(group)}:*`,
    logGroupArn: arnOf(group),
    logGroupClass: group.logGroupClass,
    storedBytes: [...group.streams.values()]
      .flatMap((stream) => eventsOf(group, stream))
      .reduce((sum, event) => sum + bytesOf(event), 0),
  });
  const tagged = ({ resourceArn }: Params): Group => groupOf({ logGroupIdentifier: resourceArn });

  const byName = ({ logGroupName }: Params) => logGroupName as string | undefined;
  const byArn = ({ resourceArn }: Params) => resourceArn as string | undefined;

  return {
    CreateLogGroup: {
      mutating: true,
      resource: byName,
      note: 'there is no KMS: every key is unknown; no deletion protection',
      run: ({ logGroupName, kmsKeyId, tags, logGroupClass, deletionProtectionEnabled }) => {
        const name = logGroupName as string;
        checkGroupName(name);
        if (kmsKeyId !== undefined)
          throw badParameter(
            `The specified KMS key does not exist or is not allowed to be used with LogGroup '${arnOf({ name } as Group)}'`,
          );
        if (deletionProtectionEnabled === true)
          throw new AwsError('NotImplemented', 'Deletion protection is not served by this local cloud.', 501);
        const own = addTags({}, (tags ?? {}) as Tags, tooManyTags(name));
        createGroup(name, { tags: own, ...(logGroupClass !== undefined && { logGroupClass }) });
        return {};
      },
    },
    DeleteLogGroup: {
      mutating: true,
      resource: byName,
      run: (params) => {
        groups.delete(groupOf(params).name);
        return {};
      },
    },
    PutRetentionPolicy: {
      mutating: true,
      resource: byName,
      run: (params) => {
        const days = checkRetention(params.retentionInDays);
        groupOf(params).retentionInDays = days;
        return {};
      },
    },
    DeleteRetentionPolicy: {
      mutating: true,
      resource: byName,
      run: (params) => {
        delete groupOf(params).retentionInDays;
        return {};
      },
    },
    DescribeLogGroups: {
      mutating: false,
      note: 'one account only: no linked ones',
      run: (params) => {
        const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupClass, logGroupIdentifiers } = params;
        if (prefix !== undefined && pattern !== undefined)
          throw badParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
        const named = (logGroupIdentifiers as string[] | undefined)?.map((one) => groupOf({ logGroupIdentifier: one }));
        const found = (named ?? [...groups.values()])
          .filter(({ name }) => name.startsWith(String(prefix ?? '')))
          .filter(({ name }) => name.toLowerCase().includes(String(pattern ?? '').toLowerCase()))
          .filter((group) => logGroupClass === undefined || group.logGroupClass === logGroupClass);
        const { items, ...more } = page(found, ({ name }) => name, params, { byDefault: 50 });
        return { logGroups: items.map(describe), ...more };
      },
    },
    TagResource: {
      mutating: true,
      resource: byArn,
      run: (params) => {
        addTags(tagged(params).tags, params.tags as Tags, tooManyTags(params.resourceArn));
        return {};
      },
    },
    UntagResource: {
      mutating: true,
      resource: byArn,
      run: (params) => {
        dropTags(tagged(params).tags, params.tagKeys);
        return {};
      },
    },
    ListTagsForResource: { mutating: false, resource: byArn, run: (params) => ({ tags: tagged(params).tags }) },
    TagLogGroup: {
      mutating: true,
      resource: byName,
      run: (params) => {
        addTags(groupOf(params).tags, params.tags as Tags, tooManyTags(params.logGroupName));
        return {};
      },
    },
    UntagLogGroup: {
      mutating: true,
      resource: byName,
      run: (params) => {
        dropTags(groupOf(params).tags, params.tags);
        return {};
      },
    },
    ListTagsLogGroup: { mutating: false, resource: byName, run: (params) => ({ tags: groupOf(params).tags }) },
  };
};
