/** The instance types one can have here: their sizes as DescribeInstanceTypes tells them. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { matchesFilters } from './filters.ts';
import { page } from './paging.ts';
import { list, texts } from '../params.ts';
import { dryRun } from './dry-run.ts';

export interface InstanceType {
  name: string;
  vcpus: number;
  memoryMiB: number;
  architecture: 'x86_64' | 'arm64';
  /** Network interfaces, the first included: how many tasks with interfaces of their own fit is one less. */
  networkInterfaces: number;
}

/** Sizes from `large` on, and what of interfaces they have (EC2 instance types, network specifications). */
const SIZES = [
  { size: 'large', vcpus: 2, networkInterfaces: 3 },
  { size: 'xlarge', vcpus: 4, networkInterfaces: 4 },
  { size: '2xlarge', vcpus: 8, networkInterfaces: 4 },
  { size: '4xlarge', vcpus: 16, networkInterfaces: 8 },
] as const;

/** GiB for each virtual CPU. */
const FAMILIES = [
  { family: 'c5', gib: 2, architecture: 'x86_64' },
  { family: 'c6i', gib: 2, architecture: 'x86_64' },
  { family: 'c7g', gib: 2, architecture: 'arm64' },
  { family: 'm4', gib: 4, architecture: 'x86_64' },
  { family: 'm5', gib: 4, architecture: 'x86_64' },
  { family: 'm6i', gib: 4, architecture: 'x86_64' },
  { family: 'm6g', gib: 4, architecture: 'arm64' },
  { family: 'm7i', gib: 4, architecture: 'x86_64' },
  { family: 'r5', gib: 8, architecture: 'x86_64' },
  { family: 'r6i', gib: 8, architecture: 'x86_64' },
] as const;

const BURSTABLE = [
  { size: 'micro', memoryMiB: 1024, networkInterfaces: 2 },
  { size: 'small', memoryMiB: 2048, networkInterfaces: 3 },
  { size: 'medium', memoryMiB: 4096, networkInterfaces: 3 },
  { size: 'large', memoryMiB: 8192, networkInterfaces: 3 },
] as const;

const familyTypes = FAMILIES.flatMap(({ family, gib, architecture }) =>
  SIZES.map(({ size, vcpus, networkInterfaces }): InstanceType => ({
    name: `${family}.${size}`,
    vcpus,
    memoryMiB: vcpus * gib * 1024,
    architecture,
    networkInterfaces,
  })),
);
const burstableTypes = BURSTABLE.map(({ size, memoryMiB, networkInterfaces }): InstanceType => ({
  name: `t3.${size}`,
  vcpus: 2,
  memoryMiB,
  architecture: 'x86_64',
  networkInterfaces,
}));

export const INSTANCE_TYPES: ReadonlyMap<string, InstanceType> = new Map(
  [...familyTypes, ...burstableTypes].map((type) => [type.name, type]),
);

/** @throws Unsupported for a type this cloud does not have */
export const requireType = (name: string, zone: string): InstanceType => {
  const type = INSTANCE_TYPES.get(name);
  if (type !== undefined) return type;
  throw new AwsError(
    'Unsupported',
    `Your requested instance type (${name}) is not supported in your requested Availability Zone (${zone}).`,
  );
};

const describe = ({ name, vcpus, memoryMiB, architecture, networkInterfaces }: InstanceType): Params => ({
  InstanceType: name,
  CurrentGeneration: !name.startsWith('m4.'),
  FreeTierEligible: name === 't3.micro',
  SupportedUsageClasses: ['on-demand', 'spot'],
  SupportedRootDeviceTypes: ['ebs'],
  SupportedVirtualizationTypes: ['hvm'],
  BareMetal: false,
  Hypervisor: name.startsWith('m4.') ? 'xen' : 'nitro',
  ProcessorInfo: { SupportedArchitectures: [architecture] },
  VCpuInfo: { DefaultVCpus: vcpus },
  MemoryInfo: { SizeInMiB: memoryMiB },
  InstanceStorageSupported: false,
  NetworkInfo: { MaximumNetworkInterfaces: networkInterfaces },
  BurstablePerformanceSupported: name.startsWith('t3.'),
});

const filterValues = (type: InstanceType, name: string): string[] | undefined => {
  switch (name) {
    case 'instance-type':
      return [type.name];
    case 'current-generation':
      return [String(!type.name.startsWith('m4.'))];
    case 'processor-info.supported-architecture':
      return [type.architecture];
    case 'vcpu-info.default-vcpus':
      return [String(type.vcpus)];
    case 'memory-info.size-in-mib':
      return [String(type.memoryMiB)];
    case 'burstable-performance-supported':
      return [String(type.name.startsWith('t3.'))];
    case 'supported-usage-class':
      return ['on-demand', 'spot'];
    default:
      return undefined;
  }
};

export const instanceTypeOperations = (): OperationTable => ({
  DescribeInstanceTypes: {
    mutating: false,
    note: `only the ${INSTANCE_TYPES.size} types of this cloud; sizes, architecture, network interfaces`,
    run: (params) => {
      dryRun(params);
      const wanted = texts(params, 'InstanceTypes');
      const unknown = wanted.find((name) => !INSTANCE_TYPES.has(name));
      if (unknown !== undefined)
        throw new AwsError('InvalidInstanceType', `The following supplied instance types do not exist: [${unknown}]`);
      const found = [...INSTANCE_TYPES.values()]
        .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
        .filter((type) => matchesFilters(list(params, 'Filters'), (name) => filterValues(type, name)));
      const { items, NextToken } = page(found, params, { byDefault: 100, most: 100, least: 5 });
      return { InstanceTypes: items.map(describe), NextToken };
    },
  },
});
