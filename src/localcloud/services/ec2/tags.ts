/** Tags of instances and launch templates. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { list, texts } from '../params.ts';
import { dryRun } from './dry-run.ts';
import { checkInstanceId, instanceNotFound, invalidValue } from './errors.ts';
import type { Fleet } from './fleet.ts';
import type { LaunchTemplates } from './launch-templates.ts';

const MOST_TAGS = 50;

/** @throws InvalidParameterValue for keys AWS keeps for itself, and for keys and values that are too long */
export const readTags = (tags: readonly Params[]): Record<string, string> =>
  Object.fromEntries(
    tags.map(({ Key = '', Value = '' }) => {
      const [key, value] = [String(Key), String(Value)];
      if (key.toLowerCase().startsWith('aws:'))
        throw invalidValue(`Tag keys starting with 'aws:' are reserved for internal use`);
      if (key.length === 0 || key.length > 128)
        throw invalidValue(`Tag key exceeds the maximum length of 128 characters or is empty`);
      if (value.length > 256) throw invalidValue('Tag value exceeds the maximum length of 256 characters');
      return [key, value];
    }),
  );

/** The tags of `TagSpecifications` that are for resources of a type. */
export const specifiedTags = (params: Params, type: string): Record<string, string> =>
  readTags(
    list(params, 'TagSpecifications')
      .filter(({ ResourceType }) => ResourceType === type)
      .flatMap((specification) => list(specification, 'Tags')),
  );

export const tagOperations = (fleet: Fleet, templates: LaunchTemplates): OperationTable => {
  const tagsOf = (id: string): Record<string, string> => {
    if (id.startsWith('lt-')) return templates.require({ LaunchTemplateId: id }).tags;
    if (!id.startsWith('i-')) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
    checkInstanceId(id);
    const instance = fleet.get(id);
    if (instance === undefined) throw instanceNotFound([id]);
    return instance.tags;
  };
  const resources = (params: Params): string | undefined => texts(params, 'Resources').join(',') || undefined;

  return {
    CreateTags: {
      mutating: true,
      resource: resources,
      note: 'instances and launch templates',
      run: (params) => {
        dryRun(params);
        const added = readTags(list(params, 'Tags'));
        const all = texts(params, 'Resources').map(tagsOf);
        for (const tags of all) {
          const own = Object.keys({ ...tags, ...added }).filter((key) => !key.startsWith('aws:'));
          if (own.length > MOST_TAGS)
            throw new AwsError('TagLimitExceeded', `You have reached the maximum number of tags per resource.`);
        }
        for (const tags of all) Object.assign(tags, added);
        return {};
      },
    },
    DeleteTags: {
      mutating: true,
      resource: resources,
      note: 'instances and launch templates',
      run: (params) => {
        dryRun(params);
        const all = texts(params, 'Resources').map(tagsOf);
        const given = list(params, 'Tags');
        readTags(given);
        for (const tags of all) {
          // Without tags all go that are the user's own; a value that is given has to be the tag's.
          const keys = given.length > 0 ? given.map(({ Key }) => String(Key)) : Object.keys(tags);
          for (const key of keys) {
            const value: unknown = given.find(({ Key }) => Key === key)?.Value;
            if (!key.startsWith('aws:') && (value === undefined || value === tags[key])) delete tags[key];
          }
        }
        return {};
      },
    },
  };
};
