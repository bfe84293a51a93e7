/** The clock, and the switches of the whole cloud. */
import { describeMembers, readMembers, type Members } from './input.ts';
import type { AdminPorts } from './ports.ts';
import { AdminError, type Route } from './route.ts';

const SWITCHES = {
  connectionDraining: {
    type: 'boolean',
    what: 'false is a mutation for tests: deregistering drops an instance at once, and its task is cut off',
    isOptional: true,
  },
  strict: { type: 'boolean', what: 'throttle buckets and quotas apply, unknown members are refused', isOptional: true },
  rolloutStateBehindClassic: {
    type: 'boolean',
    what: 'ECS reports a rollout state behind classic load balancers too',
    isOptional: true,
  },
  dnsPending: { type: 'boolean', what: 'changes of DNS stay PENDING while it is true', isOptional: true },
  dnsBusy: {
    type: 'boolean',
    what: 'Route 53 refuses every change with PriorRequestNotComplete',
    isOptional: true,
  },
  serviceRoleBroken: { type: 'boolean', what: 'ECS may not call Elastic Load Balancing', isOptional: true },
} as const satisfies Members;

const SPEED = { speed: { type: 'number', most: 1000, what: 'cloud seconds in a real one' } } as const;
/** A month of cloud time takes some fifteen seconds of work. */
const LONGEST_ADVANCE = 30 * 86_400;
const ADVANCE = { seconds: { type: 'number', most: LONGEST_ADVANCE, what: 'cloud seconds' } } as const;

export const clockRoutes = (ports: Omit<AdminPorts, 'stage' | 'sink'>): Route[] => {
  const { engine, network, addresses } = ports;
  return [
    {
      method: 'GET',
      path: 'health',
      what: 'Speed, cloud time, addresses.',
      run: () => ({
        status: 'ok',
        speed: engine.clock.speed,
        cloudTime: engine.clock.now(),
        block: network.block,
        ...addresses(),
      }),
    },
    { method: 'GET', path: 'speed', what: 'How fast the clock runs.', run: () => ({ speed: engine.clock.speed }) },
    {
      method: 'PUT',
      path: 'speed',
      what: 'Lets the clock run faster or slower.',
      takes: describeMembers(SPEED),
      run: ({ body }) => {
        const { speed } = readMembers(SPEED, body());
        if (speed <= 0) throw new AdminError(400, 'speed has to be a number above 0, at most 1000');
        engine.clock.setSpeed(speed);
        return { speed };
      },
    },
    {
      method: 'POST',
      path: 'clock/advance',
      what: 'With --speed stepped: lets time pass, and all that falls due happen.',
      takes: describeMembers(ADVANCE),
      run: async ({ body }) => {
        const { seconds } = readMembers(ADVANCE, body());
        if (ports.advance === undefined)
          throw new AdminError(409, 'the clock runs by itself: start the cloud with --speed stepped');
        await ports.advance(seconds * 1000);
        return { cloudTime: engine.clock.now() };
      },
    },
    { method: 'GET', path: 'settings', what: 'Switches of the whole cloud.', run: () => engine.settings },
    {
      method: 'PUT',
      path: 'settings',
      what: 'Turns them.',
      takes: describeMembers(SWITCHES),
      run: ({ body }) => {
        const given = Object.entries(readMembers(SWITCHES, body())).filter(([, value]) => value !== undefined);
        return Object.assign(engine.settings, Object.fromEntries(given));
      },
    },
  ];
};
