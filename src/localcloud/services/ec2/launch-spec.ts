/** What is to be launched: a request's own members go before those of its launch template. */
import { AwsError, type Params } from '../../engine/contract.ts';
import type { Random } from '../../engine/random.ts';
import { list, optionalText, texts } from '../params.ts';
import { invalidCombination, invalidValue, missingParameter } from './errors.ts';
import { requireType } from './instance-types.ts';
import { checkUserData, type LaunchTemplates } from './launch-templates.ts';
import type { LaunchSpec } from './model.ts';
import { specifiedTags } from './tags.ts';
import { SECURITY_GROUP_ID, SUBNETS, subnetOf, ZONES } from './vpc.ts';

/** A subnet the caller names, directly or by a network interface. */
const namedSubnet = (params: Params): string | undefined =>
  optionalText(params, 'SubnetId') ?? optionalText(list(params, 'NetworkInterfaces')[0] ?? {}, 'SubnetId');

const placeOf = (params: Params, random: Random): { zone: string; subnetId: string } => {
  const subnet = namedSubnet(params);
  const zone = optionalText((params.Placement as Params | undefined) ?? {}, 'AvailabilityZone');
  if (subnet !== undefined) {
    const its = SUBNETS[subnet];
    if (its === undefined) throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${subnet}' does not exist`);
    if (zone !== undefined && zone !== its)
      throw invalidValue(`Invalid availability zone: [${zone}]. The subnet ${subnet} is in ${its}.`);
    return { zone: its, subnetId: subnet };
  }
  const chosen = zone ?? ZONES[random.below(ZONES.length)]!;
  const subnetId = subnetOf(chosen);
  if (subnetId === undefined) throw invalidValue(`Invalid availability zone: [${chosen}]`);
  return { zone: chosen, subnetId };
};

const securityGroupsOf = (params: Params): string[] => {
  const ids = [
    ...texts(params, 'SecurityGroupIds'),
    ...list(params, 'NetworkInterfaces').flatMap((one) => texts(one, 'Groups')),
  ];
  const strange = ids.find((id) => id !== SECURITY_GROUP_ID);
  if (strange !== undefined)
    throw new AwsError('InvalidGroup.NotFound', `The security group '${strange}' does not exist`);
  return [SECURITY_GROUP_ID];
};

const imageOf = (params: Params): string => {
  const imageId = optionalText(params, 'ImageId');
  if (imageId === undefined) throw missingParameter('ImageId');
  if (imageId.startsWith('resolve:ssm:') || /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(imageId)) return imageId;
  throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${imageId}" (expecting "ami-...")`);
};

const profileOf = (params: Params, account: string): string | undefined => {
  const { Arn: arn, Name: name } = (params.IamInstanceProfile as Params | undefined) ?? {};
  if (arn !== undefined && name !== undefined)
    throw invalidCombination(
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
    );
  if (name !== undefined) return `arn:aws:iam::${account}:instance-profile/${String(name)}`;
  return arn === undefined ? undefined : String(arn);
};

/** Members of a RunInstances call with what its launch template adds. @throws for a template that is not there */
export const withTemplate = (params: Params, templates: LaunchTemplates): Params => {
  const reference = params.LaunchTemplate as Params | undefined;
  if (reference === undefined) return params;
  const template = templates.require(reference);
  const { number, data } = templates.version(template, optionalText(reference, 'Version'));
  const own = new Set(list(params, 'TagSpecifications').map(({ ResourceType }) => String(ResourceType)));
  return {
    ...data,
    ...params,
    TagSpecifications: [
      ...list(data, 'TagSpecifications').filter(({ ResourceType }) => !own.has(String(ResourceType))),
      ...list(params, 'TagSpecifications'),
    ],
    templateTags: { 'aws:ec2launchtemplate:id': template.id, 'aws:ec2launchtemplate:version': String(number) },
  };
};

/** Checks what a launch would need. @throws the error EC2 answers */
export const launchSpec = (params: Params, { account, random }: { account: string; random: Random }): LaunchSpec => {
  const imageId = imageOf(params);
  const place = placeOf(params, random);
  const instanceType = optionalText(params, 'InstanceType') ?? 'm1.small';
  requireType(instanceType, place.zone);
  checkUserData(params.UserData);
  const userData = optionalText(params, 'UserData');
  const keyName = optionalText(params, 'KeyName');
  const instanceProfileArn = profileOf(params, account);
  const tags = specifiedTags(params, 'instance');
  return {
    imageId,
    instanceType,
    ...place,
    securityGroupIds: securityGroupsOf(params),
    tags: { ...tags, ...(params.templateTags as Record<string, string> | undefined) },
    isProtectedFromTermination: params.DisableApiTermination === true,
    isProtectedFromStop: params.DisableApiStop === true,
    ...(userData === undefined ? {} : { userData }),
    ...(keyName === undefined ? {} : { keyName }),
    ...(instanceProfileArn === undefined ? {} : { instanceProfileArn }),
  };
};
