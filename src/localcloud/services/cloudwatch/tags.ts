/** Tags of alarms and dashboards. */
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import { invalidValue } from './errors.ts';

const TAGS_AT_MOST = 50;

/** `tagsOf`: what carries this ARN; undefined when nothing does. */
export const tagOperations = (tagsOf: (arn: string) => Record<string, string> | undefined): OperationTable => {
  const find = (params: Params): Record<string, string> => {
    const arn = String(params.ResourceARN);
    if (!/^arn:aws:cloudwatch:[^:]*:\d{12}:(alarm:|dashboard\/)/.test(arn))
      throw invalidValue(`The value ${arn} for parameter ResourceARN is invalid.`);
    const tags = tagsOf(arn);
    if (tags === undefined) throw new AwsError('ResourceNotFoundException', `The resource ${arn} does not exist.`, 404);
    return tags;
  };

  const tag: Operation = (params) => {
    const tags = find(params);
    const given = (params.Tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value] as const);
    const merged = { ...tags, ...Object.fromEntries(given) };
    if (Object.keys(merged).length > TAGS_AT_MOST)
      throw invalidValue(`A resource must not have more than ${TAGS_AT_MOST} tags.`);
    Object.assign(tags, merged);
    return {};
  };
  const untag: Operation = (params) => {
    const tags = find(params);
    for (const key of params.TagKeys as string[]) delete tags[key];
    return {};
  };
  const listAll: Operation = (params) => ({
    Tags: Object.entries(find(params)).map(([Key, Value]) => ({ Key, Value })),
  });

  const resource = (params: Params): string => String(params.ResourceARN);
  return {
    TagResource: { run: tag, mutating: true, resource },
    UntagResource: { run: untag, mutating: true, resource },
    ListTagsForResource: { run: listAll, mutating: false, resource },
  };
};
