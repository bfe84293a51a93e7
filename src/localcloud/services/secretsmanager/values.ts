/** Reading and writing what secrets hold. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { seconds } from '../epoch.ts';
import { pageOf } from '../paging.ts';
import { selectSecrets } from './filters.ts';
import {
  addVersion,
  currentOf,
  invalidParameter,
  invalidRequest,
  moveStage,
  notFound,
  type Secret,
  type SecretValue,
  type SecretVersion,
  type Store,
} from './store.ts';

const DAY = 86_400_000;

const shown = (secret: Secret, version: SecretVersion): Params => ({
  ARN: secret.arn,
  Name: secret.name,
  VersionId: version.id,
  VersionStages: version.stages.length > 0 ? version.stages : undefined,
});

/** What a request wants the secret to hold; undefined when it says nothing of it. */
export const readValue = (params: Params): SecretValue | undefined => {
  const { SecretString: text, SecretBinary: bytes } = params as { SecretString?: string; SecretBinary?: Buffer };
  if (text !== undefined && bytes !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (bytes !== undefined) return { binary: bytes.toString('base64') };
  return text === undefined ? undefined : { text };
};

/** @throws AwsError InvalidParameterException: SDKs and the aws CLI make one, others have to */
export const tokenOf = ({ ClientRequestToken: token }: Params): string => {
  if (token !== undefined) return String(token);
  throw invalidParameter('You must provide a ClientRequestToken value. We recommend a UUID-type value.');
};

export const tokenTaken = (token: string, { arn }: Secret): AwsError =>
  new AwsError(
    'ResourceExistsException',
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  );

export const isSameValue = (a: SecretValue, b: SecretValue): boolean => a.text === b.text && a.binary === b.binary;

const chooseVersion = (secret: Secret, { VersionId: id, VersionStage: stage }: Params): SecretVersion => {
  if (id === undefined) {
    const label = String(stage ?? 'AWSCURRENT');
    const current = currentOf(secret, label);
    if (current !== undefined) return current;
    throw notFound(`Secrets Manager can't find the specified secret value for staging label: ${label}`);
  }
  const version = secret.versions.find((one) => one.id === id);
  if (version === undefined)
    throw notFound(`Secrets Manager can't find the specified secret value for VersionId: ${String(id)}`);
  if (stage === undefined || version.stages.includes(String(stage))) return version;
  throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
};

/** GetSecretValue, for the ECS agent too. */
export type GetValue = (params: Params) => Params;

export const createGetValue =
  (engine: Engine, { findLive }: Store): GetValue =>
  (params) => {
    const secret = findLive(params.SecretId);
    const version = chooseVersion(secret, params);
    // AWS tells the day only.
    secret.accessedAt = Math.floor(engine.clock.now() / DAY) * DAY;
    return {
      ...shown(secret, version),
      SecretString: version.text,
      SecretBinary: version.binary === undefined ? undefined : Buffer.from(version.binary, 'base64'),
      CreatedDate: seconds(version.createdAt),
    };
  };

export const valueOperations = (engine: Engine, store: Store, getValue: GetValue): OperationTable => {
  const { find, findLive, all } = store;
  const resource = ({ SecretId }: Params): string | undefined => SecretId as string | undefined;

  const put = (params: Params): Params => {
    const secret = findLive(params.SecretId);
    const id = tokenOf(params);
    const value = readValue(params);
    if (value === undefined) throw invalidRequest('You must provide either SecretString or SecretBinary.');
    const existing = secret.versions.find((version) => version.id === id);
    if (existing !== undefined) {
      if (isSameValue(existing, value)) return shown(secret, existing);
      throw tokenTaken(id, secret);
    }
    const stages = (params.VersionStages ?? ['AWSCURRENT']) as string[];
    return shown(secret, addVersion(secret, { ...value, id, stages }, engine.clock.now()));
  };

  const batch = (params: Params): Params => {
    const { SecretIdList: ids, Filters: filters } = params as { SecretIdList?: string[]; Filters?: unknown[] };
    if ((ids === undefined) === (filters === undefined))
      throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
    if (ids !== undefined && params.MaxResults !== undefined)
      throw invalidParameter(
        "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
      );
    const live = all().filter(({ deletionAt }) => deletionAt === undefined);
    const wanted = ids ?? selectSecrets(live, filters).map(({ arn }) => arn);
    const { items, next } = pageOf(wanted, {
      token: params.NextToken,
      size: Number(params.MaxResults ?? 20),
      invalidToken: () => new AwsError('InvalidNextTokenException', 'Invalid token'),
    });
    const SecretValues: Params[] = [];
    const Errors: Params[] = [];
    for (const SecretId of items) {
      try {
        SecretValues.push(getValue({ SecretId }));
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Errors.push({ SecretId, ErrorCode: error.code, Message: error.message });
      }
    }
    return { SecretValues, Errors, NextToken: next };
  };

  const listVersions = (params: Params): Params => {
    const secret = find(params.SecretId);
    const found = secret.versions.filter(({ stages }) => params.IncludeDeprecated === true || stages.length > 0);
    const { items, next } = pageOf(found, {
      token: params.NextToken,
      size: Number(params.MaxResults ?? 100),
      invalidToken: () => new AwsError('InvalidNextTokenException', 'Invalid token'),
    });
    const Versions = items.map((version) => ({
      VersionId: version.id,
      VersionStages: version.stages.length > 0 ? version.stages : undefined,
      CreatedDate: seconds(version.createdAt),
      KmsKeyIds: [secret.kmsKeyId ?? 'DefaultEncryptionKey'],
    }));
    return { ARN: secret.arn, Name: secret.name, Versions, NextToken: next };
  };

  const updateStage = (params: Params): Params => {
    const secret = findLive(params.SecretId);
    const stage = String(params.VersionStage);
    const holder = currentOf(secret, stage);
    const versionOf = (id: unknown): SecretVersion | undefined => {
      if (id === undefined) return undefined;
      const version = secret.versions.find((one) => one.id === id);
      if (version === undefined) throw invalidParameter(`Not a valid version: ${String(id)}`);
      return version;
    };
    const from = versionOf(params.RemoveFromVersionId);
    const to = versionOf(params.MoveToVersionId);
    if (holder !== undefined && holder !== to && from === undefined) {
      throw invalidParameter(
        `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
      );
    }
    if (from !== undefined && from !== holder)
      throw invalidParameter(`Version stage ${stage} not found in version ${from.id}`);
    if (stage === 'AWSCURRENT' && to === undefined)
      throw invalidParameter(
        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
      );
    moveStage(secret, stage, to);
    secret.changedAt = engine.clock.now();
    return { ARN: secret.arn, Name: secret.name };
  };

  return {
    GetSecretValue: { run: getValue, mutating: false, resource },
    BatchGetSecretValue: { run: batch, mutating: false },
    PutSecretValue: { run: put, mutating: true, resource },
    ListSecretVersionIds: { run: listVersions, mutating: false, resource },
    UpdateSecretVersionStage: { run: updateStage, mutating: true, resource },
  };
};
