/** Parameters and their versions. */
import { AwsError } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import type { Tags } from '../tag-set.ts';

/** Older versions are forgotten. */
const KEPT_VERSIONS = 100;

export interface ParameterVersion {
  version: number;
  value: string;
  type: 'String' | 'StringList' | 'SecureString';
  /** Milliseconds. */
  modifiedAt: number;
  /** ARN of who wrote it. */
  modifiedBy: string;
  description?: string;
  keyId?: string;
  allowedPattern?: string;
  tier: 'Standard' | 'Advanced';
  dataType: string;
}

export interface Parameter {
  name: string;
  tags: Tags;
  /** Oldest first, never empty. */
  versions: ParameterVersion[];
}

/** A parameter in one of its versions. */
export interface Found {
  parameter: Parameter;
  version: ParameterVersion;
  /** `:3`, as it was asked for. */
  selector?: string;
}

export interface Store {
  /** By name. */
  all(): Parameter[];
  named(name: string): Parameter | undefined;
  /** By name or ARN, with or without a version. @throws AwsError ParameterNotFound, ParameterVersionNotFound */
  find(reference: string): Found;
  add(name: string, version: ParameterVersion, tags: Tags): void;
  addVersion(parameter: Parameter, version: ParameterVersion): void;
  remove(name: string): boolean;
  arnOf(name: string): string;
  save(): unknown;
  load(data: unknown): void;
}

/** AWS says no more than that. */
export const parameterNotFound = (): AwsError => new AwsError('ParameterNotFound', '');

export const latestOf = ({ versions }: Parameter): ParameterVersion => {
  const latest = versions.at(-1);
  if (latest === undefined) throw new Error('a parameter without versions');
  return latest;
};

export const createStore = (engine: Engine): Store => {
  const parameters = new Map<string, Parameter>();
  const arnOf = (name: string): string =>
    `arn:aws:ssm:${engine.region}:${engine.account}:parameter/${name.replace(/^\//, '')}`;

  const find = (reference: string): Found => {
    const [, name = '', number] = /^(.*?)(?::(\d+))?$/.exec(reference) ?? [];
    const parameter =
      parameters.get(name) ??
      [...parameters.values()].find((one) => name.startsWith('arn:') && arnOf(one.name) === name);
    if (parameter === undefined) throw parameterNotFound();
    if (number === undefined) return { parameter, version: latestOf(parameter) };
    const version = parameter.versions.find((one) => one.version === Number(number));
    if (version !== undefined) return { parameter, version, selector: `:${number}` };
    throw new AwsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${number} of ${parameter.name}. Verify the version and try again.`,
    );
  };

  return {
    all: () => [...parameters.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    named: (name) => parameters.get(name),
    find,
    add: (name, version, tags) => void parameters.set(name, { name, tags, versions: [version] }),
    addVersion: (parameter, version) => {
      parameter.versions = [...parameter.versions, version].slice(-KEPT_VERSIONS);
    },
    remove: (name) => parameters.delete(name),
    arnOf,
    save: () => [...parameters.values()],
    load: (data) => {
      for (const parameter of data as Parameter[]) parameters.set(parameter.name, parameter);
    },
  };
};
