/** What SNS has sent: emails that nobody gets, and deliveries over HTTP. */
import { accountOf } from '../engine/arn.ts';
import { describeMembers, readMembers, type Members } from './input.ts';
import type { AdminPorts } from './ports.ts';
import { AdminError, type Route } from './route.ts';

const CONFIRM = {
  topicArn: { type: 'text', what: 'ARN of the topic' },
  endpoint: { type: 'text', what: 'email address or URL that is subscribed' },
} as const satisfies Members;

export const snsRoutes = ({ worlds }: Pick<AdminPorts, 'worlds'>): Route[] => {
  const everyWorld = [...worlds.values()];
  return [
    {
      method: 'GET',
      path: 'sns/emails',
      what: 'Emails that SNS has sent, the newest last.',
      run: () => ({
        emails: everyWorld.flatMap(({ engine: { account }, sns }) => sns.outbox().map((one) => ({ account, ...one }))),
      }),
    },
    {
      method: 'GET',
      path: 'sns/deliveries',
      what: 'Its deliveries over HTTP, and what became of them.',
      run: () => ({
        deliveries: everyWorld.flatMap(({ engine: { account }, sns }) =>
          sns.attempts().map((one) => ({ account, ...one })),
        ),
      }),
    },
    {
      method: 'POST',
      path: 'sns/confirm',
      what: 'Confirms a subscription, as its owner would.',
      takes: describeMembers(CONFIRM),
      run: ({ body }) => {
        const { topicArn, endpoint } = readMembers(CONFIRM, body());
        const subscriptionArn = worlds.get(accountOf(topicArn))?.sns.confirm(topicArn, endpoint);
        if (subscriptionArn === undefined)
          throw new AdminError(404, `${endpoint} has nothing to confirm at ${topicArn}`);
        return { subscriptionArn };
      },
    },
  ];
};
