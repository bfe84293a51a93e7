import type { ImageBehaviour } from '../engine/contract.ts';
import type { ImageName, Images } from '../images.ts';
import { describeMembers, readMembers, type Body, type Members } from './input.ts';
import type { AdminPorts } from './ports.ts';
import { AdminError, type Route } from './route.ts';

const BEHAVIOUR = {
  exists: { type: 'boolean', what: 'whether the registry has it', isOptional: true },
  startDelaySeconds: { type: 'number', what: 'cloud seconds from its start until it listens', isOptional: true },
  neverStarts: { type: 'boolean', what: 'its tasks stay PENDING', isOptional: true },
  crashAfterSeconds: { type: 'number', what: 'exits so many cloud seconds after its start', isOptional: true },
  exitCode: { type: 'number', most: 255, what: 'with this code', isOptional: true },
  healthStatus: {
    type: 'number',
    least: 100,
    most: 599,
    what: 'HTTP status that health probes get',
    isOptional: true,
  },
  requestSeconds: { type: 'number', what: 'real seconds that a request takes', isOptional: true },
  cpuPercent: { type: 'number', what: 'CPU it uses, in percent of what it reserves', isOptional: true },
  needsCredentials: { type: 'boolean', what: 'can only be pulled with repositoryCredentials', isOptional: true },
} as const satisfies Record<keyof ImageBehaviour, Members[string]>;

const NAME = {
  repository: { type: 'text', what: 'with or without a registry host' },
  tag: { type: 'text', what: 'the tag' },
} as const satisfies Members;

const LONGEST_REPOSITORY = 255;
const HOST = /^(?:localhost|(?=[^/]*[.:])[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*)(?::\d+)?\//;
const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${PART}(?:/${PART})*$`);
const TAG = /^\w[\w.-]{0,127}$/;

/** Names as Docker's reference grammar has them. @throws AdminError 400 */
const checkName = <N extends ImageName>(name: N): N => {
  const { repository, tag } = name;
  if (repository.length > LONGEST_REPOSITORY || !REPOSITORY.test(repository.replace(HOST, '')))
    throw new AdminError(400, `${repository} is no name of a repository`);
  if (!TAG.test(tag)) throw new AdminError(400, `${tag} is no tag`);
  return name;
};

const findName = (images: Images, reference: string): ImageName => {
  const name = images.parse(reference);
  if (name !== undefined) return name;
  throw new AdminError(400, `${reference} is no image that anybody has asked for`);
};

/** @throws AdminError 400 when the reference is no image name */
export const imageName = (images: Images, reference: string): ImageName => checkName(findName(images, reference));

/** @throws AdminError 400 for what no image does */
export const readBehaviour = (body: Body): Partial<ImageBehaviour> => {
  const given = Object.entries(readMembers(BEHAVIOUR, body)).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
};

export const imageRoutes = ({ images }: Pick<AdminPorts, 'images'>): Route[] => [
  { method: 'GET', path: 'images', what: 'Repositories, and the images that are scripted.', run: () => images.list() },
  {
    method: 'PUT',
    path: 'images',
    what: 'Scripts an image; containers that already run follow at once.',
    takes: describeMembers({ ...NAME, ...BEHAVIOUR }),
    run: ({ body }) => {
      const { repository, tag, ...behaviour } = body();
      images.script(checkName(readMembers(NAME, { repository, tag })), readBehaviour(behaviour));
      return images.list();
    },
  },
  {
    method: 'DELETE',
    path: 'images/{image}',
    what: 'An image behaves again as its tag says.',
    run: ({ rest }) => {
      images.forget(findName(images, rest));
      return images.list();
    },
  },
];
