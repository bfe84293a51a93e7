/** Roles, and the policies in and on them. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { pageOf } from '../paging.ts';
import { addTags, dropTags, readTags, showTags, tooManyTags } from '../tag-set.ts';
import { findRole, noSuchEntity, type Role, type RoleTable } from './model.ts';
import { checkPermissions, checkTrust } from './policies.ts';
import { tableOf } from '../../engine/table.ts';

const MOST_ATTACHED = 10;
/** Characters of all inline policies of a role, white space left out. */
const LARGEST_INLINE = 10_240;
const LARGEST_TRUST = 2048;
const PAGE = 100;

/** Answers have documents percent-encoded (RFC 3986). */
const encoded = (document: string): string =>
  encodeURIComponent(document).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const limitExceeded = (message: string): AwsError => new AwsError('LimitExceeded', message, 409);
const deleteConflict = (message: string): AwsError => new AwsError('DeleteConflict', message, 409);
const invalid = (message: string): AwsError => new AwsError('ValidationError', message);

const shown = (role: Role): Params => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: role.createdAt / 1000,
  AssumeRolePolicyDocument: encoded(role.trust),
  Description: role.description,
  MaxSessionDuration: role.maxSessionSeconds,
});

/** Lists leave the tags out. */
const shownWhole = (role: Role): Params => ({ ...shown(role), Tags: showTags(role.tags) });

const page = <T>(items: readonly T[], params: Params): { items: T[]; more: Params } => {
  const { items: some, next } = pageOf(items, {
    token: params.Marker,
    size: Number(params.MaxItems ?? PAGE),
    invalidToken: () => invalid('Invalid Marker.'),
  });
  return { items: some, more: { IsTruncated: next !== undefined, Marker: next } };
};

const checkTrustSize = (document: string): void => {
  if (document.replace(/\s/g, '').length > LARGEST_TRUST)
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${LARGEST_TRUST}`);
};

const readName = ({ RoleName }: Params): string => {
  const name = String(RoleName);
  if (/^[\w+=,.@-]+$/.test(name)) return name;
  throw invalid(
    'The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
  );
};

export const roleOperations = (engine: Engine, roles: RoleTable): OperationTable => {
  const resource = ({ RoleName }: Params): string | undefined => RoleName as string | undefined;
  const read = (run: (params: Params) => Params) => ({ run, mutating: false, resource });
  const write = (run: (params: Params) => Params) => ({ run, mutating: true, resource });
  const roleOf = ({ RoleName }: Params): Role => findRole(roles, RoleName);

  const create = (params: Params): Params => {
    const name = readName(params);
    const path = String(params.Path ?? '/');
    const trust = String(params.AssumeRolePolicyDocument);
    if (!/^\/(.*\/)?$/.test(path))
      throw invalid(
        'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
      );
    if (params.PermissionsBoundary !== undefined)
      throw new AwsError('NotImplemented', 'Permissions boundaries are not served by this local cloud.', 501);
    if ([...roles.keys()].some((one) => one.toLowerCase() === name.toLowerCase()))
      throw new AwsError('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
    checkTrust(trust);
    checkTrustSize(trust);
    const tags = addTags({}, readTags(params.Tags), tooManyTags('LimitExceeded'));
    const role: Role = {
      id: `AROA${engine.random.code(17)}`,
      name,
      path,
      arn: `arn:aws:iam::${engine.account}:role${path}${name}`,
      createdAt: engine.clock.now(),
      ...(params.Description !== undefined && { description: String(params.Description) }),
      maxSessionSeconds: Number(params.MaxSessionDuration ?? 3600),
      trust,
      tags,
      inline: tableOf(),
      attached: [],
    };
    roles.set(name, role);
    return { Role: shownWhole(role) };
  };

  const list = (params: Params): Params => {
    const found = [...roles.values()]
      .filter(({ path }) => path.startsWith(String(params.PathPrefix ?? '/')))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, more } = page(found, params);
    return { Roles: items.map(shown), ...more };
  };

  const remove = (params: Params): Params => {
    const { name, attached, inline } = roleOf(params);
    if (attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.');
    if (Object.keys(inline).length > 0) throw deleteConflict('Cannot delete entity, must delete policies first.');
    roles.delete(name);
    return {};
  };

  const updateTrust = (params: Params): Params => {
    const role = roleOf(params);
    const trust = String(params.PolicyDocument);
    checkTrust(trust);
    checkTrustSize(trust);
    role.trust = trust;
    return {};
  };

  const putInline = (params: Params): Params => {
    const role = roleOf(params);
    const document = String(params.PolicyDocument);
    checkPermissions(document);
    const all = tableOf({ ...role.inline, [String(params.PolicyName)]: document });
    const size = Object.values(all).join('').replace(/\s/g, '').length;
    if (size > LARGEST_INLINE)
      throw limitExceeded(`Maximum policy size of ${LARGEST_INLINE} bytes exceeded for role ${role.name}`);
    role.inline = all;
    return {};
  };

  const inlineOf = (params: Params): { role: Role; name: string; document: string } => {
    const role = roleOf(params);
    const name = String(params.PolicyName);
    const document = role.inline[name];
    if (document === undefined) throw noSuchEntity(`The role policy with name ${name} cannot be found.`);
    return { role, name, document };
  };

  const attach = (params: Params): Params => {
    const role = roleOf(params);
    const arn = String(params.PolicyArn);
    if (!/^arn:aws:iam::aws:policy\/.+/.test(arn))
      throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
    if (role.attached.includes(arn)) return {};
    if (role.attached.length >= MOST_ATTACHED)
      throw limitExceeded(`Cannot exceed quota for PoliciesPerRole: ${MOST_ATTACHED}`);
    role.attached.push(arn);
    return {};
  };

  const detach = (params: Params): Params => {
    const role = roleOf(params);
    const arn = String(params.PolicyArn);
    if (!role.attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
    role.attached = role.attached.filter((one) => one !== arn);
    return {};
  };

  const unused = 'no call is refused for it';
  return {
    CreateRole: {
      ...write(create),
      note: 'no permissions boundary; nobody can assume it but the services of this cloud',
    },
    GetRole: read((params) => ({ Role: shownWhole(roleOf(params)) })),
    ListRoles: read(list),
    DeleteRole: write(remove),
    UpdateAssumeRolePolicy: write(updateTrust),
    PutRolePolicy: { ...write(putInline), note: `${unused}; SimulatePrincipalPolicy reads it` },
    GetRolePolicy: read((params) => {
      const { role, name, document } = inlineOf(params);
      return { RoleName: role.name, PolicyName: name, PolicyDocument: encoded(document) };
    }),
    ListRolePolicies: read((params) => {
      const { items, more } = page(Object.keys(roleOf(params).inline).sort(), params);
      return { PolicyNames: items, ...more };
    }),
    DeleteRolePolicy: write((params) => {
      const { role, name } = inlineOf(params);
      delete role.inline[name];
      return {};
    }),
    AttachRolePolicy: { ...write(attach), depth: 'keeps', note: 'policies of AWS only, whatever their name' },
    DetachRolePolicy: { ...write(detach), depth: 'keeps' },
    ListAttachedRolePolicies: {
      ...read((params) => {
        const prefix = `:policy${String(params.PathPrefix ?? '/')}`;
        const { items, more } = page(
          roleOf(params).attached.filter((arn) => arn.includes(prefix)),
          params,
        );
        return {
          AttachedPolicies: items.map((arn) => ({ PolicyName: arn.split('/').at(-1), PolicyArn: arn })),
          ...more,
        };
      }),
      depth: 'keeps',
    },
    TagRole: write((params) => {
      addTags(roleOf(params).tags, readTags(params.Tags), tooManyTags('LimitExceeded'));
      return {};
    }),
    UntagRole: write((params) => {
      dropTags(roleOf(params).tags, params.TagKeys);
      return {};
    }),
    ListRoleTags: read((params) => {
      const { items, more } = page(showTags(roleOf(params).tags), params);
      return { Tags: items, ...more };
    }),
  };
};
