import { describeMembers, readMembers, type Members } from './input.ts';
import type { AdminPorts } from './ports.ts';
import { AdminError, type Route } from './route.ts';

const SIZE = {
  service: { type: 'text', what: 'scope of the credentials' },
  name: { type: 'text', what: 'of the bucket, as GET buckets shows it' },
  burst: { type: 'number', least: 1, what: 'calls at once' },
  refill: { type: 'number', what: 'calls a second in the long run' },
  account: { type: 'text', what: 'only in this account', isOptional: true },
} as const satisfies Members;

/** AWS's throttle buckets; they count only while the setting `strict` is on. */
export const bucketRoutes = ({ worlds }: Pick<AdminPorts, 'worlds'>): Route[] => {
  const everyWorld = [...worlds.values()];
  return [
    {
      method: 'GET',
      path: 'buckets',
      what: 'Throttle buckets, how full they are, and how many calls they refused.',
      run: () => ({
        buckets: everyWorld.flatMap(({ engine: { account }, throttle }) =>
          throttle.levels().map((level) => ({ account, ...level })),
        ),
      }),
    },
    {
      method: 'PUT',
      path: 'buckets',
      what: 'Another size for one, as AWS gives large accounts on request.',
      takes: describeMembers(SIZE),
      run: ({ body }) => {
        const { service, name, burst, refill, account } = readMembers(SIZE, body());
        const wanted = everyWorld.filter(({ engine }) => account === undefined || account === engine.account);
        const done = wanted.map(({ throttle }) => throttle.resize(service, name, { burst, refill }));
        if (!done.some(Boolean)) throw new AdminError(404, 'there is no such bucket');
        return {};
      },
    },
  ];
};
