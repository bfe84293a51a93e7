/** Launch templates and their versions, as RunInstances and Auto Scaling groups use them. */
import { AwsError, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { invalidCombination, invalidValue, missingParameter } from './errors.ts';

export interface TemplateVersion {
  number: number;
  description?: string;
  createdAt: number;
  createdBy: string;
  /** `LaunchTemplateData` as the caller gave it. */
  data: Params;
  clientToken?: string;
}

export interface LaunchTemplate {
  id: string;
  name: string;
  createdAt: number;
  createdBy: string;
  defaultVersion: number;
  latestVersion: number;
  versions: TemplateVersion[];
  tags: Record<string, string>;
  clientToken?: string;
}

export interface LaunchTemplates {
  list(): LaunchTemplate[];
  find(idOrName: string): LaunchTemplate | undefined;
  /** The template that `LaunchTemplateId` or `LaunchTemplateName` names. @throws when none or more than one does */
  require(params: Params): LaunchTemplate;
  /** `$Latest`, `$Default` or a number; the default version without one. @throws InvalidLaunchTemplateId.VersionNotFound */
  version(template: LaunchTemplate, version?: string): TemplateVersion;
  create(
    template: Pick<LaunchTemplate, 'name' | 'createdBy' | 'tags' | 'clientToken'>,
    data: Params,
    description?: string,
  ): LaunchTemplate;
  addVersion(template: LaunchTemplate, version: Omit<TemplateVersion, 'number' | 'createdAt'>): TemplateVersion;
  remove(template: LaunchTemplate): void;
  save(): unknown;
  load(data: unknown): void;
}

const NAME = /^[a-zA-Z0-9().\-/_]{3,128}$/;

export const createLaunchTemplates = (engine: Engine): LaunchTemplates => {
  const byId = new Map<string, LaunchTemplate>();
  const byName = (name: string): LaunchTemplate | undefined => [...byId.values()].find((one) => one.name === name);
  const addVersion: LaunchTemplates['addVersion'] = (template, given) => {
    template.latestVersion += 1;
    const version: TemplateVersion = { ...given, number: template.latestVersion, createdAt: engine.clock.now() };
    template.versions.push(version);
    return version;
  };

  return {
    list: () => [...byId.values()],
    find: (idOrName) => byId.get(idOrName) ?? byName(idOrName),
    require: ({ LaunchTemplateId: id, LaunchTemplateName: name }) => {
      if (id !== undefined && name !== undefined)
        throw invalidCombination(
          'You can specify either a launch template ID or a launch template name, but not both.',
        );
      if (id === undefined && name === undefined) throw missingParameter('LaunchTemplateId or LaunchTemplateName');
      const template = id === undefined ? byName(String(name)) : byId.get(String(id));
      if (template !== undefined) return template;
      if (id === undefined) {
        throw new AwsError(
          'InvalidLaunchTemplateName.NotFoundException',
          `The specified launch template, with template name ${String(name)}, does not exist.`,
        );
      }
      if (!/^lt-([0-9a-f]{8}|[0-9a-f]{17})$/.test(String(id)))
        throw new AwsError('InvalidLaunchTemplateId.Malformed', `Invalid id: "${String(id)}" (expecting "lt-...")`);
      throw new AwsError(
        'InvalidLaunchTemplateId.NotFound',
        `The specified launch template, with template ID ${String(id)}, does not exist.`,
      );
    },
    version: (template, wanted = '$Default') => {
      const number =
        wanted === '$Latest'
          ? template.latestVersion
          : wanted === '$Default'
            ? template.defaultVersion
            : Number(wanted);
      const found = template.versions.find((version) => version.number === number);
      if (found !== undefined) return found;
      throw new AwsError(
        'InvalidLaunchTemplateId.VersionNotFound',
        `Could not find the specified version ${wanted} for the launch template with ID ${template.id}.`,
      );
    },
    create: (given, data, description) => {
      if (!NAME.test(given.name))
        throw new AwsError(
          'InvalidLaunchTemplateName.MalformedException',
          'Launch template names must be between 3 and 128 characters and may contain letters, numbers, and the characters ( ) . - / _.',
        );
      if (byName(given.name) !== undefined)
        throw new AwsError('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.');
      const template: LaunchTemplate = {
        ...given,
        id: `lt-0${engine.random.hex(16)}`,
        createdAt: engine.clock.now(),
        defaultVersion: 1,
        latestVersion: 0,
        versions: [],
      };
      addVersion(template, {
        createdBy: given.createdBy,
        data,
        ...(description === undefined ? {} : { description }),
      });
      byId.set(template.id, template);
      return template;
    },
    addVersion,
    remove: (template) => void byId.delete(template.id),
    save: () => [...byId.values()],
    load: (data) => {
      for (const template of data as LaunchTemplate[]) byId.set(template.id, template);
    },
  };
};

/** @throws InvalidParameterValue when the user data is no base64 of at most 16 KiB */
export const checkUserData = (userData: unknown): void => {
  if (userData === undefined) return;
  const text = String(userData);
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text))
    throw new AwsError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  if (Buffer.from(text, 'base64').length > 16_384) throw invalidValue('User data is limited to 16384 bytes');
};
