/** Secrets themselves: made, described, listed, deleted, restored. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { seconds } from '../epoch.ts';
import { pageOf } from '../paging.ts';
import { addTags, dropTags, readTags, showTags, tooManyTags } from '../tag-set.ts';
import { selectSecrets, sortSecrets } from './filters.ts';
import { addVersion, currentOf, invalidParameter, invalidRequest, type Secret, type Store } from './store.ts';
import { isSameValue, readValue, tokenOf, tokenTaken } from './values.ts';

const DAY = 86_400_000;
const RECOVERY_DAYS = { least: 7, most: 30 };

const describe = (secret: Secret): Params => ({
  ARN: secret.arn,
  Name: secret.name,
  Description: secret.description,
  KmsKeyId: secret.kmsKeyId,
  CreatedDate: seconds(secret.createdAt),
  LastChangedDate: seconds(secret.changedAt),
  LastAccessedDate: seconds(secret.accessedAt),
  DeletedDate: seconds(secret.deletionAt),
  Tags: showTags(secret.tags),
});

const stagesOf = ({ versions }: Secret): Record<string, string[]> | undefined => {
  const labelled = versions.filter(({ stages }) => stages.length > 0);
  return labelled.length === 0 ? undefined : Object.fromEntries(labelled.map(({ id, stages }) => [id, stages]));
};

const readName = ({ Name }: Params): string => {
  const name = String(Name);
  if (/^[\w/+=.@!-]{1,512}$/.test(name)) return name;
  throw invalidParameter(
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  );
};

export const secretOperations = (engine: Engine, store: Store): OperationTable => {
  const { all, find, findLive, named, add, remove } = store;
  const resource = ({ SecretId, Name }: Params): string | undefined => (SecretId ?? Name) as string | undefined;
  const read = (run: (params: Params) => Params) => ({ run, mutating: false, resource });
  const write = (run: (params: Params) => Params) => ({ run, mutating: true, resource });
  const now = (): number => engine.clock.now();
  const shortly = (secret: Secret): Params => ({
    ARN: secret.arn,
    Name: secret.name,
    VersionId: currentOf(secret)?.id,
  });

  /** The same request again is no mistake, another for the same name is. */
  const adopt = (secret: Secret, params: Params): Params => {
    if (secret.deletionAt !== undefined) {
      throw invalidRequest(
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    const version = secret.versions.find(({ id }) => id === params.ClientRequestToken);
    if (version === undefined)
      throw new AwsError(
        'ResourceExistsException',
        `The operation failed because the secret ${secret.name} already exists.`,
      );
    if (!isSameValue(version, readValue(params) ?? {})) throw tokenTaken(version.id, secret);
    return shortly(secret);
  };

  const create = (params: Params): Params => {
    const name = readName(params);
    if (params.AddReplicaRegions !== undefined)
      throw new AwsError('NotImplemented', 'Replicas of secrets are not served by this local cloud.', 501);
    const existing = named(name);
    if (existing !== undefined) return adopt(existing, params);
    const value = readValue(params);
    const token = value === undefined ? '' : tokenOf(params);
    const tags = addTags({}, readTags(params.Tags), tooManyTags('InvalidParameterException'));
    const secret = add({
      name,
      tags,
      ...(params.Description !== undefined && { description: String(params.Description) }),
      ...(params.KmsKeyId !== undefined && { kmsKeyId: String(params.KmsKeyId) }),
    });
    if (value !== undefined) addVersion(secret, { ...value, id: token, stages: ['AWSCURRENT'] }, now());
    return shortly(secret);
  };

  const update = (params: Params): Params => {
    const secret = findLive(params.SecretId);
    const value = readValue(params);
    if (value !== undefined) {
      const id = tokenOf(params);
      if (secret.versions.some((version) => version.id === id)) throw tokenTaken(id, secret);
      addVersion(secret, { ...value, id, stages: ['AWSCURRENT'] }, now());
    }
    if (params.Description !== undefined) secret.description = String(params.Description);
    if (params.KmsKeyId !== undefined) secret.kmsKeyId = String(params.KmsKeyId);
    secret.changedAt = now();
    return { ARN: secret.arn, Name: secret.name, ...(value !== undefined && { VersionId: currentOf(secret)?.id }) };
  };

  const list = (params: Params): Params => {
    const found = all().filter(({ deletionAt }) => deletionAt === undefined || params.IncludePlannedDeletion === true);
    const { items, next } = pageOf(sortSecrets(selectSecrets(found, params.Filters), params.SortBy, params.SortOrder), {
      token: params.NextToken,
      size: Number(params.MaxResults ?? 100),
      invalidToken: () => new AwsError('InvalidNextTokenException', 'Invalid token'),
    });
    return {
      SecretList: items.map((secret) => ({ ...describe(secret), SecretVersionsToStages: stagesOf(secret) })),
      NextToken: next,
    };
  };

  const schedule = (params: Params): Params => {
    const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: isForced = false } = params;
    if (isForced === true && days !== undefined)
      throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
    if (days !== undefined && (Number(days) < RECOVERY_DAYS.least || Number(days) > RECOVERY_DAYS.most))
      throw invalidParameter(
        `The RecoveryWindowInDays value must be between ${RECOVERY_DAYS.least} and ${RECOVERY_DAYS.most} days (inclusive).`,
      );
    if (isForced === true) return destroy(params.SecretId);
    const secret = findLive(params.SecretId);
    secret.deletionAt = now() + Number(days ?? RECOVERY_DAYS.most) * DAY;
    return { ARN: secret.arn, Name: secret.name, DeletionDate: seconds(secret.deletionAt) };
  };

  /** What is not there is as good as deleted. */
  const destroy = (secretId: unknown): Params => {
    const secret = all().find(({ name, arn }) => name === secretId || arn === secretId);
    if (secret !== undefined) remove(secret);
    const { arn, name } = secret ?? { arn: store.arnOf(String(secretId)), name: String(secretId) };
    return { ARN: arn, Name: name, DeletionDate: now() / 1000 };
  };

  const restore = (params: Params): Params => {
    const secret = find(params.SecretId);
    delete secret.deletionAt;
    return { ARN: secret.arn, Name: secret.name };
  };

  return {
    CreateSecret: { ...write(create), note: 'no replicas, no rotation' },
    UpdateSecret: write(update),
    DescribeSecret: read((params) => {
      const secret = find(params.SecretId);
      return { ...describe(secret), VersionIdsToStages: stagesOf(secret) };
    }),
    GetResourcePolicy: {
      ...read(({ SecretId }) => {
        const { arn, name } = find(SecretId);
        return { ARN: arn, Name: name };
      }),
      note: 'no secret has one',
    },
    ListSecrets: read(list),
    DeleteSecret: write(schedule),
    RestoreSecret: write(restore),
    TagResource: write((params) => {
      addTags(findLive(params.SecretId).tags, readTags(params.Tags), tooManyTags('InvalidParameterException'));
      return {};
    }),
    UntagResource: write((params) => {
      dropTags(findLive(params.SecretId).tags, params.TagKeys);
      return {};
    }),
  };
};
