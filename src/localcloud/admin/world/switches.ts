/** What befalls a part of AWS as a whole. */
import { happening, worldEvent } from './event.ts';

export const switchEvents = [
  worldEvent({
    name: 'hold-dns',
    what: 'Changes of DNS stay PENDING, and name servers go on answering as before.',
    members: {},
    run: (_given, { engine }) => {
      engine.settings.dnsPending = true;
      return { did: 'DNS changes stay PENDING', undo: [happening('release-dns', {})] };
    },
  }),
  worldEvent({
    name: 'release-dns',
    what: 'They become INSYNC.',
    members: {},
    run: (_given, { engine }) => {
      engine.settings.dnsPending = false;
      return { did: 'DNS changes become INSYNC' };
    },
  }),
  worldEvent({
    name: 'break-elb-role',
    what: 'The role with which ECS calls Elastic Load Balancing loses its policies: nothing is registered or deregistered.',
    members: {},
    run: (_given, { engine }) => {
      engine.settings.serviceRoleBroken = true;
      return { did: 'the role of ECS is broken', undo: [happening('mend-elb-role', {})] };
    },
  }),
  worldEvent({
    name: 'mend-elb-role',
    what: 'It has them again.',
    members: {},
    run: (_given, { engine }) => {
      engine.settings.serviceRoleBroken = false;
      return { did: 'the role of ECS is whole' };
    },
  }),
];
