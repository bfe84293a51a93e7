import { describeMembers, readMembers, type Members } from './input.ts';
import type { AdminPorts } from './ports.ts';
import { AdminError, type Route } from './route.ts';

const SUBSCRIPTION = {
  topicArn: { type: 'text', what: 'of the topic' },
  endpoint: { type: 'text', what: 'its address, as Subscribe was given it' },
} as const satisfies Members;

/** What SNS has sent, and the people behind its email addresses. */
export const snsRoutes = ({ worlds }: Pick<AdminPorts, 'worlds'>): Route[] => {
  const desks = [...worlds.values()].map(({ sns }) => sns);
  return [
    {
      method: 'GET',
      path: 'sns/outbox',
      what: 'Emails that SNS has sent; the path is `/email/<address>`.',
      run: () => ({ emails: desks.flatMap((desk) => desk.outbox()) }),
    },
    {
      method: 'GET',
      path: 'sns/deliveries',
      what: 'Attempts of SNS to reach HTTP endpoints, and what came of them.',
      run: () => ({ attempts: desks.flatMap((desk) => desk.attempts()) }),
    },
    {
      method: 'POST',
      path: 'sns/confirm',
      what: 'Confirms a subscription in the place of who owns the endpoint.',
      takes: describeMembers(SUBSCRIPTION),
      run: ({ body }) => {
        const { topicArn, endpoint } = readMembers(SUBSCRIPTION, body());
        const arns = desks.flatMap((desk) => desk.confirm(topicArn, endpoint) ?? []);
        if (arns[0] === undefined) throw new AdminError(404, 'nothing there waits to be confirmed');
        return { subscriptionArn: arns[0] };
      },
    },
  ];
};
