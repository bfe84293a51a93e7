import type { ImageBehaviour } from '../../engine/contract.ts';
import type { Images } from '../../images.ts';
import { imageName, readBehaviour } from '../images.ts';
import { AdminError } from '../route.ts';
import { happening, worldEvent, type Happening } from './event.ts';
import type { Recurrence } from './recurring.ts';

const IMAGE = { image: { type: 'text', what: 'reference of the image, as its task definition has it' } } as const;

/** What an image is scripted to do now, so that it can be put back. */
const asItIs = (images: Images, image: string): Happening => {
  const { repository, tag } = imageName(images, image);
  const scripted = images.list().scripted.find((one) => one.repository === repository && one.tag === tag);
  const { repository: _repository, tag: _tag, ...behaviour } = scripted ?? {};
  return happening('script-image', { image, behaviour });
};

const script = (images: Images, image: string, behaviour: Partial<ImageBehaviour>): { undo: Happening[] } => {
  const undo = [asItIs(images, image)];
  images.script(imageName(images, image), behaviour);
  return { undo };
};

/** Bad first, good next, and so on. */
export const flap = (images: Images, { subject, times }: Recurrence): void =>
  images.script(imageName(images, subject), { healthStatus: times % 2 === 1 ? 503 : 200 });

export const imageEvents = [
  worldEvent({
    name: 'script-image',
    what: 'From now on the image behaves like this and no other way; {} takes every script away.',
    members: { ...IMAGE, behaviour: { type: 'object', what: 'as PUT images takes it' } },
    run: ({ image, behaviour }, { images }) => {
      const undo = [asItIs(images, image)];
      const wanted = readBehaviour(behaviour);
      images.forget(imageName(images, image));
      if (Object.keys(wanted).length > 0) images.script(imageName(images, image), wanted);
      return { did: `scripted ${image}`, undo };
    },
  }),
  worldEvent({
    name: 'lose-image',
    what: 'The registry has the image no more: what is to be started cannot be pulled.',
    members: IMAGE,
    run: ({ image }, { images }) => ({ did: `${image} is gone`, ...script(images, image, { exists: false }) }),
  }),
  worldEvent({
    name: 'slow-start',
    what: 'Containers of the image listen only after so long.',
    members: { ...IMAGE, seconds: { type: 'number', what: 'cloud seconds' } },
    run: ({ image, seconds }, { images }) => ({
      did: `${image} takes ${seconds} s to start`,
      ...script(images, image, { startDelaySeconds: seconds }),
    }),
  }),
  worldEvent({
    name: 'flap-health',
    what: 'Health of the image alternates: bad at once, good after so long, and so on until it is stopped.',
    members: { ...IMAGE, everySeconds: { type: 'number', least: 1, what: 'cloud seconds' } },
    run: async ({ image, everySeconds }, { images, recurring, world }) => {
      const undo = [happening('stop-flapping', { image }), asItIs(images, image)];
      await recurring.begin({ account: world.engine.account, kind: 'flap', subject: image, everySeconds });
      return { did: `health of ${image} alternates every ${everySeconds} s`, undo };
    },
  }),
  worldEvent({
    name: 'stop-flapping',
    what: 'The image is healthy again.',
    members: IMAGE,
    run: ({ image }, { images, recurring, world }) => {
      if (!recurring.end(world.engine.account, 'flap', image)) throw new AdminError(404, `${image} does not flap`);
      images.script(imageName(images, image), { healthStatus: 200 });
      return { did: `${image} is healthy` };
    },
  }),
];
