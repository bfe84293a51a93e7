import { callerArn } from '../../engine/arn.ts';
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { list, optionalText, texts } from '../params.ts';
import { showTags } from '../tag-set.ts';
import { dryRun } from './dry-run.ts';
import { invalidCombination, invalidValue } from './errors.ts';
import { matchesFilters, tagFilterValues } from './filters.ts';
import { checkUserData, type LaunchTemplate, type LaunchTemplates, type TemplateVersion } from './launch-templates.ts';
import { page } from './paging.ts';
import { specifiedTags } from './tags.ts';

const PAGE = { byDefault: 200, least: 1, most: 200 };

const describeTemplate = (template: LaunchTemplate): Params => ({
  LaunchTemplateId: template.id,
  LaunchTemplateName: template.name,
  CreateTime: new Date(template.createdAt),
  CreatedBy: template.createdBy,
  DefaultVersionNumber: template.defaultVersion,
  LatestVersionNumber: template.latestVersion,
  Tags: showTags(template.tags),
});

const describeVersion = (template: LaunchTemplate, version: TemplateVersion): Params => ({
  LaunchTemplateId: template.id,
  LaunchTemplateName: template.name,
  VersionNumber: version.number,
  VersionDescription: version.description,
  CreateTime: new Date(version.createdAt),
  CreatedBy: version.createdBy,
  DefaultVersion: version.number === template.defaultVersion,
  LaunchTemplateData: version.data,
});

const templateName = (params: Params): string | undefined =>
  optionalText(params, 'LaunchTemplateName') ?? optionalText(params, 'LaunchTemplateId');

/** What a version has under the name of a filter of DescribeLaunchTemplateVersions. */
const versionFilterValues = (
  template: LaunchTemplate,
  version: TemplateVersion,
  name: string,
): string[] | undefined => {
  const { data } = version;
  const own = (value: unknown): string[] => (value === undefined ? [] : [String(value)]);
  switch (name) {
    case 'create-time':
      return [new Date(version.createdAt).toISOString()];
    case 'is-default-version':
      return [String(version.number === template.defaultVersion)];
    case 'image-id':
      return own(data.ImageId);
    case 'instance-type':
      return own(data.InstanceType);
    case 'ebs-optimized':
      return own(data.EbsOptimized);
    default:
      return undefined;
  }
};

const templateFilterValues = (template: LaunchTemplate, name: string): string[] | undefined => {
  if (name === 'launch-template-name') return [template.name];
  if (name === 'create-time') return [new Date(template.createdAt).toISOString()];
  return tagFilterValues(template.tags, name);
};

export const launchTemplateOperations = (engine: Engine, templates: LaunchTemplates): OperationTable => {
  const chosenVersions = (template: LaunchTemplate, params: Params): TemplateVersion[] => {
    const wanted = texts(params, 'Versions');
    const least = Number(params.MinVersion ?? 1);
    const most = Number(params.MaxVersion ?? Infinity);
    const found =
      wanted.length > 0
        ? wanted.map((version) => templates.version(template, version))
        : template.versions.toReversed().filter(({ number }) => number >= least && number <= most);
    return found.filter((version) =>
      matchesFilters(list(params, 'Filters'), (name) => versionFilterValues(template, version, name)),
    );
  };
  const named = (params: Params): LaunchTemplate[] => {
    const ids = texts(params, 'LaunchTemplateIds');
    const names = texts(params, 'LaunchTemplateNames');
    const found = [...ids, ...names].map((one) => templates.find(one));
    if (!found.includes(undefined)) return found.filter((template) => template !== undefined);
    throw new AwsError(
      ids.length > 0 ? 'InvalidLaunchTemplateId.NotFound' : 'InvalidLaunchTemplateName.NotFoundException',
      'At least one of the launch templates specified in the request does not exist.',
    );
  };

  return {
    CreateLaunchTemplate: {
      mutating: true,
      resource: templateName,
      run: (params, context) => {
        dryRun(params);
        checkUserData(params.LaunchTemplateData.UserData);
        const clientToken = optionalText(params, 'ClientToken');
        const again = templates.list().find((one) => clientToken !== undefined && one.clientToken === clientToken);
        if (again !== undefined) return { LaunchTemplate: describeTemplate(again) };
        const template = templates.create(
          {
            name: String(params.LaunchTemplateName),
            createdBy: callerArn(context),
            tags: specifiedTags(params, 'launch-template'),
            ...(clientToken === undefined ? {} : { clientToken }),
          },
          params.LaunchTemplateData as Params,
          optionalText(params, 'VersionDescription'),
        );
        return { LaunchTemplate: describeTemplate(template) };
      },
    },
    CreateLaunchTemplateVersion: {
      mutating: true,
      resource: templateName,
      run: (params, context) => {
        dryRun(params);
        const template = templates.require(params);
        checkUserData(params.LaunchTemplateData.UserData);
        const clientToken = optionalText(params, 'ClientToken');
        const again = template.versions.find((one) => clientToken !== undefined && one.clientToken === clientToken);
        if (again !== undefined) return { LaunchTemplateVersion: describeVersion(template, again) };
        const source = optionalText(params, 'SourceVersion');
        const base = source === undefined ? {} : templates.version(template, source).data;
        const description = optionalText(params, 'VersionDescription');
        const version = templates.addVersion(template, {
          createdBy: callerArn(context),
          data: { ...base, ...(params.LaunchTemplateData as Params) },
          ...(description === undefined ? {} : { description }),
          ...(clientToken === undefined ? {} : { clientToken }),
        });
        return { LaunchTemplateVersion: describeVersion(template, version) };
      },
    },
    ModifyLaunchTemplate: {
      mutating: true,
      resource: templateName,
      run: (params) => {
        dryRun(params);
        const template = templates.require(params);
        const version = optionalText(params, 'DefaultVersion');
        if (version !== undefined) template.defaultVersion = templates.version(template, version).number;
        return { LaunchTemplate: describeTemplate(template) };
      },
    },
    DeleteLaunchTemplate: {
      mutating: true,
      resource: templateName,
      run: (params) => {
        dryRun(params);
        const template = templates.require(params);
        templates.remove(template);
        engine.changed();
        return { LaunchTemplate: describeTemplate(template) };
      },
    },
    DescribeLaunchTemplates: {
      mutating: false,
      run: (params) => {
        dryRun(params);
        const isNamed = texts(params, 'LaunchTemplateIds').length + texts(params, 'LaunchTemplateNames').length > 0;
        const found = (isNamed ? named(params) : templates.list()).filter((template) =>
          matchesFilters(list(params, 'Filters'), (name) => templateFilterValues(template, name)),
        );
        const { items, NextToken } = page(found, params, PAGE);
        return { LaunchTemplates: items.map(describeTemplate), NextToken };
      },
    },
    DescribeLaunchTemplateVersions: {
      mutating: false,
      resource: templateName,
      note: 'the commonest filters',
      run: (params) => {
        dryRun(params);
        const isOne = templateName(params) !== undefined;
        const aliases = texts(params, 'Versions');
        if (!isOne && (aliases.length === 0 || aliases.some((version) => !version.startsWith('$'))))
          throw invalidValue("Without a launch template, Versions can only be '$Latest' and '$Default'.");
        if (aliases.length > 0 && (params.MinVersion !== undefined || params.MaxVersion !== undefined))
          throw invalidCombination('You can specify either versions or a range of versions, but not both.');
        const found = (isOne ? [templates.require(params)] : templates.list()).flatMap((template) =>
          chosenVersions(template, params).map((version) => describeVersion(template, version)),
        );
        const { items, NextToken } = page(found, params, PAGE);
        return { LaunchTemplateVersions: items, NextToken };
      },
    },
  };
};
