/** Tags of alarms and dashboards. */
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import { addTags, dropTags, readTags, showTags, type Tags } from '../tag-set.ts';
import { invalidValue } from './errors.ts';

const tooManyTags = (): AwsError => invalidValue('A resource must not have more than 50 tags.');

/** `tagsOf`: what carries this ARN; undefined when nothing does. */
export const tagOperations = (tagsOf: (arn: string) => Tags | undefined): OperationTable => {
  const find = (params: Params): Tags => {
    const arn = String(params.ResourceARN);
    if (!/^arn:aws:cloudwatch:[^:]*:\d{12}:(alarm:|dashboard\/)/.test(arn))
      throw invalidValue(`The value ${arn} for parameter ResourceARN is invalid.`);
    const tags = tagsOf(arn);
    if (tags === undefined) throw new AwsError('ResourceNotFoundException', `The resource ${arn} does not exist.`, 404);
    return tags;
  };

  const tag: Operation = (params) => {
    addTags(find(params), readTags(params.Tags), tooManyTags);
    return {};
  };
  const untag: Operation = (params) => {
    dropTags(find(params), params.TagKeys);
    return {};
  };
  const listAll: Operation = (params) => ({ Tags: showTags(find(params)) });

  const resource = (params: Params): string => String(params.ResourceARN);
  return {
    TagResource: { run: tag, mutating: true, resource },
    UntagResource: { run: untag, mutating: true, resource },
    ListTagsForResource: { run: listAll, mutating: false, resource },
  };
};
