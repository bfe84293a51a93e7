// Writes src/localcloud/models/*.json from botocore's service models: `node --import=tsx scripts/generate-models.ts [data directory]`.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Member, Shape } from '../src/localcloud/wire/model.ts';
import { pythonToolsDir } from './lib/python.mjs';
import { root } from './lib/root.mjs';

/** Model name here → its folder in botocore, and for services far larger than what is served, which operations to take. */
const MODELS: Record<string, { folder: string; operations?: string[] }> = {
  acm: { folder: 'acm' },
  'application-autoscaling': { folder: 'application-autoscaling' },
  autoscaling: { folder: 'autoscaling' },
  cloudwatch: { folder: 'cloudwatch' },
  ec2: {
    folder: 'ec2',
    operations: [
      'CreateLaunchTemplate',
      'CreateLaunchTemplateVersion',
      'CreateTags',
      'DeleteLaunchTemplate',
      'DeleteTags',
      'DescribeAvailabilityZones',
      'DescribeInstanceStatus',
      'DescribeInstanceTypes',
      'DescribeInstances',
      'DescribeLaunchTemplateVersions',
      'DescribeLaunchTemplates',
      'DescribeSecurityGroups',
      'DescribeSubnets',
      'DescribeVpcs',
      'ModifyLaunchTemplate',
      'RebootInstances',
      'RunInstances',
      'StartInstances',
      'StopInstances',
      'TerminateInstances',
    ],
  },
  ecr: { folder: 'ecr' },
  ecs: { folder: 'ecs' },
  elb: { folder: 'elb' },
  iam: {
    folder: 'iam',
    operations: [
      'AttachRolePolicy',
      'CreateRole',
      'DeleteRole',
      'DeleteRolePolicy',
      'DetachRolePolicy',
      'GetRole',
      'GetRolePolicy',
      'ListAttachedRolePolicies',
      'ListRolePolicies',
      'ListRoleTags',
      'ListRoles',
      'PutRolePolicy',
      'SimulatePrincipalPolicy',
      'TagRole',
      'UntagRole',
      'UpdateAssumeRolePolicy',
    ],
  },
  logs: { folder: 'logs' },
  route53: { folder: 'route53' },
  s3: { folder: 's3' },
  secretsmanager: { folder: 'secretsmanager' },
  sns: { folder: 'sns' },
  ssm: {
    folder: 'ssm',
    operations: [
      'AddTagsToResource',
      'DeleteParameter',
      'DeleteParameters',
      'DescribeParameters',
      'GetParameter',
      'GetParameterHistory',
      'GetParameters',
      'GetParametersByPath',
      'ListTagsForResource',
      'PutParameter',
      'RemoveTagsFromResource',
    ],
  },
  sts: { folder: 'sts' },
};

interface Botocore {
  metadata: Record<string, unknown> & { protocol: string; protocols?: string[] };
  operations: Record<
    string,
    {
      http?: { method?: string; requestUri?: string; responseCode?: number };
      input?: { shape: string; locationName?: string };
      output?: { shape: string; resultWrapper?: string };
    }
  >;
  shapes: Record<string, Shape>;
}

/** Where the virtual environment of the tests keeps botocore's models; undefined without it. */
export const botocoreData = (): string | undefined => {
  const lib = join(pythonToolsDir(), 'lib');
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib)
    .map((version) => join(lib, version, 'site-packages', 'botocore', 'data'))
    .find((directory) => existsSync(directory));
};

/** Text of every model, by its path in the repository. */
export const modelFiles = (data: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(MODELS).map(([name, { folder, operations }]) => {
      const version = readdirSync(join(data, folder)).sort().at(-1) ?? '';
      const packed = readFileSync(join(data, folder, version, 'service-2.json.gz'));
      const source = JSON.parse(gunzipSync(packed).toString()) as Botocore;
      return [`src/localcloud/models/${name}.json`, write(extract(source, operations))];
    }),
  );

/** One line a shape and an operation, so that a change of the model is a change of lines. */
const write = ({ operations, shapes, ...head }: ReturnType<typeof extract>): string => {
  const lines = (table: Record<string, unknown>): string =>
    Object.entries(table)
      .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
      .join(',\n');
  return `{${JSON.stringify(head).slice(1, -1)},\n"operations":{\n${lines(operations)}\n},\n"shapes":{\n${lines(shapes)}\n}}\n`;
};

function extract({ metadata, operations, shapes }: Botocore, wanted?: string[]) {
  const protocols = metadata.protocols ?? [metadata.protocol];
  const names = Object.keys(operations).sort();
  const taken = names.filter((name) => wanted?.includes(name) ?? true);
  const reached = new Map<string, unknown>();
  const reach = (name: string): void => {
    const shape = shapes[name];
    if (reached.has(name) || shape === undefined) return;
    reached.set(name, undefined);
    reached.set(name, trim(shape));
    for (const member of [...Object.values(shape.members ?? {}), shape.member, shape.key, shape.value]) {
      if (member !== undefined) reach(member.shape);
    }
  };
  const table = taken.map((name) => {
    const { http = {}, input, output } = operations[name] ?? {};
    if (input !== undefined) reach(input.shape);
    if (output !== undefined) reach(output.shape);
    const entry = {
      method: http.method ?? 'POST',
      uri: http.requestUri ?? '/',
      ...(http.responseCode === undefined ? {} : { status: http.responseCode }),
      ...(input === undefined ? {} : { input: input.shape }),
      ...(output === undefined ? {} : { output: output.shape }),
    };
    return [name, entry] as const;
  });
  return {
    protocol: protocols.find((one) => one === 'json' || one === 'query' || one === 'ec2' || one === 'rest-xml'),
    isAlsoQuery: protocols.includes('query') && protocols.includes('json'),
    version: String(metadata.apiVersion),
    jsonVersion: metadata.jsonVersion as string | undefined,
    targetPrefix: metadata.targetPrefix as string | undefined,
    xmlns: xmlNamespaceOf({ metadata, operations, shapes }),
    otherOperations: names.filter((name) => !taken.includes(name)),
    operations: Object.fromEntries(table),
    shapes: Object.fromEntries([...reached].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** REST services name theirs at the inputs alone. */
function xmlNamespaceOf({ metadata, operations, shapes }: Botocore): unknown {
  if (metadata.xmlNamespace !== undefined) return metadata.xmlNamespace;
  const [named] = JSON.stringify([operations, shapes]).match(/"xmlNamespace":\{"uri":"[^"]+"/g) ?? [];
  if (named !== undefined) return /"uri":"([^"]+)"/.exec(named)?.[1];
  return metadata.endpointPrefix === 's3' ? 'http://s3.amazonaws.com/doc/2006-03-01/' : undefined;
}

/** Everything but prose. */
function trim(shape: Shape): unknown {
  const member = ({ shape: name, location, locationName, queryName, flattened, timestampFormat }: Member) => ({
    shape: name,
    location,
    locationName,
    queryName,
    flattened,
    timestampFormat,
  });
  const {
    type,
    required,
    enum: values,
    min,
    max,
    flattened,
    payload,
    sensitive,
    locationName,
    timestampFormat,
  } = shape;
  const named = shape.members && Object.entries(shape.members).map(([name, one]) => [name, member(one)]);
  return {
    type,
    ...(required === undefined || required.length === 0 ? {} : { required }),
    enum: values,
    min,
    max,
    flattened,
    payload,
    sensitive,
    locationName,
    timestampFormat,
    ...(named === undefined ? {} : { members: Object.fromEntries(named) }),
    ...(shape.member === undefined ? {} : { member: member(shape.member) }),
    ...(shape.key === undefined ? {} : { key: member(shape.key) }),
    ...(shape.value === undefined ? {} : { value: member(shape.value) }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const data = process.argv[2] ?? botocoreData();
  if (data === undefined) throw new Error('botocore is missing: run `node scripts/setup.mjs --test-tools` first');
  for (const [path, text] of Object.entries(modelFiles(data))) {
    writeFileSync(join(root, path), text);
    process.stdout.write(`${path} ${Math.ceil(text.length / 1024)} kB\n`);
  }
}
