/** Secrets, their versions, and the labels that move between those. */
import { AwsError } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import type { Tags } from '../tag-set.ts';

/** Versions without a label beyond these are forgotten. */
const KEPT_VERSIONS = 100;

export interface SecretVersion {
  /** The token of the request that made it. */
  id: string;
  text?: string;
  /** Base64. */
  binary?: string;
  stages: string[];
  createdAt: number;
}

export interface Secret {
  name: string;
  arn: string;
  description?: string;
  kmsKeyId?: string;
  tags: Tags;
  createdAt: number;
  changedAt: number;
  accessedAt?: number;
  /** It is gone for good then; until then it can be restored. */
  deletionAt?: number;
  /** Oldest first. */
  versions: SecretVersion[];
}

export type SecretValue = Pick<SecretVersion, 'text' | 'binary'>;

export interface Store {
  /** Those whose time has come are left out. */
  all(): Secret[];
  /** By name, ARN, or ARN without its six random characters. @throws AwsError ResourceNotFoundException */
  find(secretId: unknown): Secret;
  /** As `find`. @throws AwsError InvalidRequestException when it is marked for deletion */
  findLive(secretId: unknown): Secret;
  named(name: string): Secret | undefined;
  add(secret: Omit<Secret, 'arn' | 'versions' | 'createdAt' | 'changedAt'>): Secret;
  remove(secret: Secret): void;
  /** A fresh one for a secret of this name. */
  arnOf(name: string): string;
  save(): unknown;
  load(data: unknown): void;
}

export const invalidRequest = (message: string): AwsError => new AwsError('InvalidRequestException', message);
export const invalidParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message);
export const notFound = (message = "Secrets Manager can't find the specified secret."): AwsError =>
  new AwsError('ResourceNotFoundException', message);

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export const createStore = (engine: Engine): Store => {
  const secrets = new Map<string, Secret>();

  const all = (): Secret[] => {
    for (const { name, deletionAt = Infinity } of secrets.values()) {
      if (deletionAt <= engine.clock.now()) secrets.delete(name);
    }
    return [...secrets.values()];
  };
  const find = (secretId: unknown): Secret => {
    const id = String(secretId);
    const secret = all().find(({ name, arn }) => name === id || arn === id || arn.slice(0, -7) === id);
    if (secret === undefined) throw notFound();
    return secret;
  };
  const randomLetters = (count: number): string =>
    Array.from({ length: count }, () => LETTERS.charAt(engine.random.below(LETTERS.length))).join('');
  const arnOf = (name: string): string =>
    `arn:aws:secretsmanager:${engine.region}:${engine.account}:secret:${name}-${randomLetters(6)}`;

  return {
    all,
    find,
    arnOf,
    findLive: (secretId) => {
      const secret = find(secretId);
      if (secret.deletionAt === undefined) return secret;
      throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
    },
    named: (name) => all().find((secret) => secret.name === name),
    add: (given) => {
      const now = engine.clock.now();
      const secret: Secret = { ...given, arn: arnOf(given.name), createdAt: now, changedAt: now, versions: [] };
      secrets.set(secret.name, secret);
      return secret;
    },
    remove: ({ name }) => void secrets.delete(name),
    save: () => [...secrets.values()],
    load: (data) => {
      for (const secret of data as Secret[]) secrets.set(secret.name, secret);
    },
  };
};

export const currentOf = ({ versions }: Secret, stage = 'AWSCURRENT'): SecretVersion | undefined =>
  versions.find(({ stages }) => stages.includes(stage));

const without = (version: SecretVersion, stage: string): void => {
  version.stages = version.stages.filter((one) => one !== stage);
};

/** A label is on one version at most; where AWSCURRENT was, AWSPREVIOUS is now. */
export const moveStage = (secret: Secret, stage: string, to: SecretVersion | undefined): void => {
  const from = currentOf(secret, stage);
  if (from === to) return;
  if (from !== undefined) without(from, stage);
  to?.stages.push(stage);
  if (stage !== 'AWSCURRENT' || to === undefined) return;
  without(to, 'AWSPREVIOUS');
  if (from !== undefined) moveStage(secret, 'AWSPREVIOUS', from);
};

export const addVersion = (
  secret: Secret,
  given: SecretValue & { id: string; stages: readonly string[] },
  now: number,
): SecretVersion => {
  const { stages, ...value } = given;
  const isFirst = secret.versions.length === 0;
  const version: SecretVersion = { ...value, stages: [], createdAt: now };
  secret.versions.push(version);
  for (const stage of isFirst ? new Set([...stages, 'AWSCURRENT']) : stages) moveStage(secret, stage, version);
  const excess = secret.versions.length - KEPT_VERSIONS;
  const old = secret.versions.filter((one) => one.stages.length === 0).slice(0, Math.max(0, excess));
  secret.versions = secret.versions.filter((one) => !old.includes(one));
  secret.changedAt = now;
  return version;
};
