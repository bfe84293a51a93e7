/** SNS, with HTTP endpoints of the tests' own, at a clock that stands still until it is told to go on. */
import assert from 'node:assert/strict';
import { createVerify, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
  type MessageAttributeValue,
  type PublishCommandInput,
} from '@aws-sdk/client-sns';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { sdkConfig, startTestCloud } from './cloud-kit.ts';
import { until } from './support/http.ts';
import { openInbox, type Inbox, type Mail } from './support/inbox.ts';

const DAY = 86_400_000;
const SIGNED = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

type Document = Record<string, string>;
const read = ({ body }: Mail): Document => JSON.parse(body) as Document;

/** As a receiver does it: with nothing but the document. */
const isGenuine = async (document: Document): Promise<boolean> => {
  const pem = await (await fetch(document.SigningCertURL!)).text();
  const verify = createVerify(document.SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1');
  for (const name of SIGNED.filter((one) => document[one] !== undefined)) verify.update(`${name}\n${document[name]}\n`);
  return verify.verify(new X509Certificate(pem).publicKey, document.Signature!, 'base64');
};

describe('localcloud SNS', () => {
  let cloud: Cloud;
  let sns: SNSClient;
  before(async () => {
    cloud = await startTestCloud({ speed: 'stepped', dataPlane: false });
    sns = new SNSClient(sdkConfig(cloud.addresses.url));
  });
  after(async () => {
    sns.destroy();
    await cloud.stop();
  });
  const inboxes: Inbox[] = [];
  const inbox = async (): Promise<Inbox> => {
    const opened = await openInbox();
    inboxes.push(opened);
    return opened;
  };
  after(() => inboxes.forEach((one) => one.close()));

  let topics = 0;
  const topic = async (Attributes: Record<string, string> = {}): Promise<string> => {
    topics += 1;
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `topic-${topics}`, Attributes }));
    return TopicArn!;
  };
  const subscribe = async (TopicArn: string, Endpoint: string, Attributes: Record<string, string> = {}) => {
    const Protocol = Endpoint.slice(0, Endpoint.indexOf(':'));
    const subscribed = { TopicArn, Protocol, Endpoint, Attributes, ReturnSubscriptionArn: true };
    return (await sns.send(new SubscribeCommand(subscribed))).SubscriptionArn!;
  };
  /** Subscribed, and confirmed as a receiver does it: by visiting the link. */
  const confirmed = async (TopicArn: string, box: Inbox, Attributes: Record<string, string> = {}) => {
    const arn = await subscribe(TopicArn, box.url, Attributes);
    const answer = await fetch(read(await box.mail(0)).SubscribeURL!);
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), new RegExp(`<SubscriptionArn>${arn}</SubscriptionArn>`));
    return arn;
  };
  const publish = async (TopicArn: string, Message: string, more: Partial<PublishCommandInput> = {}) =>
    (await sns.send(new PublishCommand({ TopicArn, Message, ...more }))).MessageId!;
  const attributesOf = async (SubscriptionArn: string) =>
    (await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes!;
  const listed = async (TopicArn: string) =>
    (await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions!;
  const refused = (request: Promise<unknown>, message: string, name = 'InvalidParameterException') =>
    assert.rejects(request, { name, message });

  const admin = async (method: string, path: string, body?: object): Promise<Record<string, Document[]>> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const answer = await fetch(`${cloud.addresses.url}/_wonderland/sns/${path}`, init);
    assert.equal(answer.status, 200);
    return (await answer.json()) as Record<string, Document[]>;
  };

  it('asks an endpoint before it sends anything else, in a signed document', async () => {
    const arn = await topic();
    const box = await inbox();
    const subscription = await subscribe(arn, box.url);
    const mail = await box.mail(0);
    assert.equal(mail.headers['x-amz-sns-message-type'], 'SubscriptionConfirmation');
    assert.equal(mail.headers['x-amz-sns-topic-arn'], arn);
    assert.equal(mail.headers['content-type'], 'text/plain; charset=UTF-8');
    const document = read(mail);
    assert.equal(document.Type, 'SubscriptionConfirmation');
    assert.equal(document.MessageId, mail.headers['x-amz-sns-message-id']);
    assert.equal(await isGenuine(document), true);
    assert.equal(await isGenuine({ ...document, Token: 'another' }), false);
    await publish(arn, 'too early');
    assert.equal((await attributesOf(subscription)).PendingConfirmation, 'true');
    assert.deepEqual(
      (await listed(arn)).map(({ SubscriptionArn }) => SubscriptionArn),
      ['PendingConfirmation'],
    );
    await refused(
      sns.send(new ConfirmSubscriptionCommand({ TopicArn: arn, Token: 'wrong' })),
      'Invalid parameter: Token',
    );
    const { SubscriptionArn } = await sns.send(
      new ConfirmSubscriptionCommand({ TopicArn: arn, Token: document.Token! }),
    );
    assert.equal(SubscriptionArn, subscription);
    assert.equal((await attributesOf(subscription)).PendingConfirmation, 'false');
    await publish(arn, 'now');
    assert.equal(read(await box.mail(1)).Message, 'now');
  });

  it('notifies with a signature of either version', async () => {
    const arn = await topic();
    const box = await inbox();
    const subscription = await confirmed(arn, box);
    const MessageAttributes: Record<string, MessageAttributeValue> = {
      kind: { DataType: 'String', StringValue: 'deploy' },
      bytes: { DataType: 'Binary', BinaryValue: Buffer.from('abc') },
    };
    const id = await publish(arn, 'line 1\nline "2"', { Subject: 'it works', MessageAttributes });
    const mail = await box.mail(1);
    const document = read(mail);
    assert.equal(mail.headers['x-amz-sns-message-type'], 'Notification');
    assert.equal(mail.headers['x-amz-sns-subscription-arn'], subscription);
    assert.deepEqual(
      [document.MessageId, document.Subject, document.Message, document.SignatureVersion],
      [id, 'it works', 'line 1\nline "2"', '1'],
    );
    assert.deepEqual(document.MessageAttributes, {
      kind: { Type: 'String', Value: 'deploy' },
      bytes: { Type: 'Binary', Value: 'YWJj' },
    });
    assert.equal(await isGenuine(document), true);
    const version = { TopicArn: arn, AttributeName: 'SignatureVersion', AttributeValue: '2' };
    await sns.send(new SetTopicAttributesCommand(version));
    await publish(arn, 'no subject');
    const second = read(await box.mail(2));
    assert.equal(second.SignatureVersion, '2');
    assert.equal(await isGenuine(second), true);
  });

  it('sends the bare message when asked to', async () => {
    const arn = await topic();
    const box = await inbox();
    await confirmed(arn, box, { RawMessageDelivery: 'true' });
    await publish(arn, JSON.stringify({ default: 'for all', http: 'for http' }), { MessageStructure: 'json' });
    const mail = await box.mail(1);
    assert.equal(mail.body, 'for http');
    assert.equal(mail.headers['x-amz-sns-rawdelivery'], 'true');
  });

  it('an endpoint leaves by its link, hears of it, and may come back', async () => {
    const arn = await topic();
    const box = await inbox();
    await confirmed(arn, box);
    await publish(arn, 'one');
    assert.equal((await fetch(read(await box.mail(1)).UnsubscribeURL!)).status, 200);
    const farewell = await box.mail(2);
    assert.equal(farewell.headers['x-amz-sns-message-type'], 'UnsubscribeConfirmation');
    assert.equal(await isGenuine(read(farewell)), true);
    assert.deepEqual(await listed(arn), []);
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: arn }));
    assert.deepEqual([Attributes?.SubscriptionsConfirmed, Attributes?.SubscriptionsDeleted], ['0', '1']);
    await publish(arn, 'nobody hears this');
    assert.equal((await fetch(read(farewell).SubscribeURL!)).status, 200);
    await publish(arn, 'two');
    assert.equal(read(await box.mail(3)).Message, 'two');
  });

  it('takes no unsigned call but those of its links', async () => {
    const { url } = cloud.addresses;
    assert.equal((await fetch(`${url}/?Action=ListTopics&Version=2010-03-31`)).status, 403);
    const arn = await topic();
    const box = await inbox();
    const subscription = await subscribe(arn, box.url);
    const { Token } = read(await box.mail(0));
    const AuthenticateOnUnsubscribe = 'true';
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn: arn, Token, AuthenticateOnUnsubscribe }));
    const link = `${url}/?Action=Unsubscribe&SubscriptionArn=${subscription}`;
    assert.equal((await fetch(link)).status, 403);
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: subscription }));
    assert.deepEqual(await listed(arn), []);
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: subscription }));
    await assert.rejects(attributesOf(subscription), { name: 'NotFoundException' });
  });

  it('tries again in cloud time, and gives up on what the endpoint does not want', async () => {
    const arn = await topic();
    const box = await inbox();
    await confirmed(arn, box);
    box.answer(500, 503);
    await publish(arn, 'stubborn');
    await box.mail(1);
    for (const number of [2, 3]) {
      // The answer that failed may still be on its way in.
      for (let tries = 0; box.mails[number] === undefined && tries < 100; tries += 1) {
        await cloud.advance!(20_000);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    assert.deepEqual(
      box.mails.slice(1).map((mail) => read(mail).Message),
      ['stubborn', 'stubborn', 'stubborn'],
    );
    await cloud.advance!(DAY);
    box.answer(404);
    await publish(arn, 'unwanted');
    await box.mail(4);
    await publish(arn, 'next');
    await box.mail(5);
    await cloud.advance!(DAY);
    const outcomes = async () => {
      const { deliveries } = await admin('GET', 'deliveries');
      return deliveries!.filter(({ url }) => url === box.url).map(({ outcome, detail }) => `${outcome} ${detail}`);
    };
    const expected = ['delivered 200', 'delivered 200', 'delivered 200', 'failed 404', 'retrying 500', 'retrying 503'];
    assert.deepEqual((await until(outcomes, ({ length }) => length >= expected.length)).sort(), expected);
  });

  it('never leaves this machine', async () => {
    const arn = await topic();
    const url = 'http://192.0.2.1/hook';
    const subscription = await subscribe(arn, url);
    assert.equal((await attributesOf(subscription)).PendingConfirmation, 'true');
    const { deliveries } = await admin('GET', 'deliveries');
    assert.deepEqual(
      deliveries!.filter((one) => one.url === url).map(({ outcome, detail }) => [outcome, detail]),
      [['refused', 'only endpoints on the loopback are served']],
    );
  });

  it('keeps emails where they can be read, after somebody has said yes', async () => {
    const arn = await topic();
    const Endpoint = 'team@example.com';
    await sns.send(new SubscribeCommand({ TopicArn: arn, Protocol: 'email', Endpoint }));
    await publish(arn, 'too early');
    await admin('POST', 'confirm', { topicArn: arn, endpoint: Endpoint });
    await publish(arn, 'hello', { Subject: 'a subject' });
    const { emails } = await admin('GET', 'emails');
    const [invitation, mail, ...more] = emails!;
    assert.deepEqual(more, []);
    assert.equal(invitation!.path, `/email/${Endpoint}`);
    assert.match(invitation!.body!, new RegExp(`You have chosen to subscribe to the topic ${arn}`));
    assert.match(mail!.body!, /^Subject: a subject\n\nhello\n/);
    // The link in the mail confirms too.
    const [link] = /http:\S+/.exec(invitation!.body!) ?? [];
    assert.equal((await fetch(link!)).status, 200);
  });

  it('forgets who never answered, and tokens that are old', async () => {
    const arn = await topic();
    const [box, other] = [await inbox(), await inbox()];
    await subscribe(arn, box.url);
    const { Token } = read(await box.mail(0));
    await confirmed(arn, other);
    await cloud.advance!(2 * DAY + 1);
    assert.deepEqual(
      (await listed(arn)).map(({ Endpoint }) => Endpoint),
      [other.url],
    );
    await refused(sns.send(new ConfirmSubscriptionCommand({ TopicArn: arn, Token })), 'Invalid parameter: Token');
  });

  describe('filter policies', () => {
    const NUMBER = (StringValue: string): MessageAttributeValue => ({ DataType: 'Number', StringValue });
    const TEXT = (StringValue: string): MessageAttributeValue => ({ DataType: 'String', StringValue });
    const MESSAGES: [string, Record<string, MessageAttributeValue>][] = [
      ['{"user":{"team":"web"},"size":3}', { kind: TEXT('deploy'), size: NUMBER('5') }],
      ['{"user":{"team":"ops"}}', { kind: TEXT('rollback'), size: NUMBER('50') }],
      ['no json', { teams: { DataType: 'String.Array', StringValue: '["web","ops"]' } }],
    ];
    /** Which of the messages arrive; counted from 0. */
    const CASES: [object, number[], string?][] = [
      [{ kind: ['deploy'] }, [0]],
      [{ kind: ['deploy', 'rollback'] }, [0, 1]],
      [{ kind: [{ prefix: 'roll' }] }, [1]],
      [{ kind: [{ suffix: 'ploy' }] }, [0]],
      [{ kind: [{ 'anything-but': ['deploy'] }] }, [1]],
      [{ kind: [{ 'anything-but': { prefix: 'de' } }] }, [1]],
      [{ kind: [{ 'equals-ignore-case': 'DEPLOY' }] }, [0]],
      [{ kind: [{ exists: false }] }, [2]],
      [{ size: [{ numeric: ['>', 5, '<=', 50] }] }, [1]],
      [{ size: [5] }, [0]],
      [{ teams: ['ops'] }, [2]],
      [{ kind: ['deploy'], size: [50] }, []],
      [{ $or: [{ kind: ['deploy'] }, { teams: ['web'] }] }, [0, 2]],
      [{ user: { team: ['web'] } }, [0], 'MessageBody'],
      [{ size: [{ exists: false }] }, [1], 'MessageBody'],
    ];
    for (const [policy, expected, FilterPolicyScope = 'MessageAttributes'] of CASES) {
      it(`${JSON.stringify(policy)} lets ${expected.length === 0 ? 'nothing' : expected.join(', ')} through`, async () => {
        const arn = await topic();
        const box = await inbox();
        await confirmed(arn, box, {
          FilterPolicyScope,
          FilterPolicy: JSON.stringify(policy),
          RawMessageDelivery: 'true',
        });
        for (const [message, MessageAttributes] of MESSAGES) await publish(arn, message, { MessageAttributes });
        // Each is sent at once; this one, to a topic without a policy, is behind them.
        const [fence, last] = [await topic(), await inbox()];
        await confirmed(fence, last);
        await publish(fence, 'last');
        await last.mail(1);
        for (let i = 1; i <= expected.length; i += 1) await box.mail(i);
        const arrived = box.mails.slice(1).map(({ body }) => MESSAGES.findIndex(([message]) => message === body));
        assert.deepEqual(arrived.sort(), expected);
      });
    }

    it('that are none are refused', async () => {
      const subscription = await subscribe(await topic(), (await inbox()).url);
      const set = (AttributeName: string, AttributeValue: string) =>
        sns.send(
          new SetSubscriptionAttributesCommand({ SubscriptionArn: subscription, AttributeName, AttributeValue }),
        );
      const policy = (value: string, why: string) =>
        refused(set('FilterPolicy', value), `Invalid parameter: FilterPolicy: ${why}`);
      await policy('{', 'failed to parse JSON.');
      await policy('{"a":"b"}', '"a" must be an object or an array');
      await policy('{"a":[]}', 'Empty arrays are not allowed');
      await policy('{"a":[{"like":"b"}]}', 'Unrecognized match type like');
      await policy('{"a":{"b":["c"]}}', 'Filter policy scope MessageAttributes does not support nested filter policy');
      await policy('{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}', 'Filter policy can not have more than 5 keys');
      await set('FilterPolicyScope', 'MessageBody');
      await set('FilterPolicy', '{"a":{"b":["c"]}}');
      await assert.rejects(set('FilterPolicyScope', 'MessageAttributes'), { name: 'InvalidParameterException' });
      await refused(
        set('RawMessageDelivery', 'yes'),
        'Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [yes]. Must be true or false.',
      );
      await refused(set('Nonsense', 'yes'), 'Invalid parameter: AttributeName');
    });
  });

  it('refuses messages as AWS does', async () => {
    const arn = await topic();
    const attribute = (value: MessageAttributeValue) => publish(arn, 'x', { MessageAttributes: { a: value } });
    await refused(publish(arn, ''), 'Invalid parameter: Empty message');
    await refused(publish(arn, 'x'.repeat(262_145)), 'Invalid parameter: Message too long');
    await refused(publish(arn, 'x', { Subject: 'two\nlines' }), 'Invalid parameter: Subject');
    await refused(publish(arn, 'x', { Subject: 'x'.repeat(101) }), 'Invalid parameter: Subject');
    await refused(
      publish(arn, '{}', { MessageStructure: 'json' }),
      'Invalid parameter: Message Structure - No default entry in JSON message body',
    );
    await refused(
      attribute({ DataType: 'Text', StringValue: 'a' }),
      "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
      'InvalidParameterValueException',
    );
    await refused(
      attribute({ DataType: 'Number', StringValue: 'a' }),
      "Could not cast message attribute 'a' value to number.",
      'InvalidParameterValueException',
    );
    await refused(
      publish('topic', 'x'),
      'Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1',
    );
    await refused(publish(`${arn}-not`, 'x'), 'Topic does not exist', 'NotFoundException');
    await assert.rejects(publish(arn.replace('123456789012', '210987654321'), 'x'), {
      name: 'AuthorizationErrorException',
    });
  });

  it('publishes in batches, each message by itself', async () => {
    const arn = await topic();
    const box = await inbox();
    await confirmed(arn, box, { RawMessageDelivery: 'true' });
    const batch = (...entries: { Id: string; Message: string; Subject?: string }[]) =>
      sns.send(new PublishBatchCommand({ TopicArn: arn, PublishBatchRequestEntries: entries }));
    const { Successful, Failed } = await batch(
      { Id: 'a', Message: 'one' },
      { Id: 'b', Message: 'two', Subject: '\n' },
      { Id: 'c', Message: 'three' },
    );
    assert.deepEqual(
      Successful?.map(({ Id }) => Id),
      ['a', 'c'],
    );
    assert.deepEqual(Failed, [
      { Id: 'b', Code: 'InvalidParameter', Message: 'Invalid parameter: Subject', SenderFault: true },
    ]);
    await box.mail(2);
    assert.deepEqual(
      box.mails
        .slice(1)
        .map(({ body }) => body)
        .sort(),
      ['one', 'three'],
    );
    const entry = (Id: string) => ({ Id, Message: 'x' });
    await assert.rejects(batch(entry('a'), entry('a')), { name: 'BatchEntryIdsNotDistinctException' });
    await assert.rejects(batch(entry('a b')), { name: 'InvalidBatchEntryIdException' });
    await assert.rejects(batch(...Array.from({ length: 11 }, (_, i) => entry(`e${i}`))), {
      name: 'TooManyEntriesInBatchRequestException',
    });
    await assert.rejects(batch(...['a', 'b'].map((Id) => ({ Id, Message: 'x'.repeat(140_000) }))), {
      name: 'BatchRequestTooLongException',
    });
  });

  it('refuses endpoints and protocols that are none; a second subscription is the first', async () => {
    const arn = await topic();
    const make = (Protocol: string, Endpoint: string, Attributes = {}) =>
      sns.send(new SubscribeCommand({ TopicArn: arn, Protocol, Endpoint, Attributes, ReturnSubscriptionArn: true }));
    await refused(make('http', 'https://127.0.0.1/'), 'Invalid parameter: Endpoint must match the specified protocol');
    await refused(make('email', 'nobody'), 'Invalid parameter: Email address');
    await refused(make('sqs', 'queue'), 'Invalid parameter: SQS endpoint ARN');
    await refused(
      make('pigeon', 'roof'),
      'Invalid parameter: Amazon SNS does not support this protocol string: pigeon',
    );
    const queue = 'arn:aws:sqs:eu-west-1:123456789012:queue';
    const { SubscriptionArn } = await make('sqs', queue);
    assert.equal((await make('sqs', queue)).SubscriptionArn, SubscriptionArn);
    await refused(
      make('sqs', queue, { RawMessageDelivery: 'true' }),
      'Invalid parameter: Attributes Reason: Subscription already exists with different attributes',
    );
    assert.equal((await attributesOf(SubscriptionArn!)).PendingConfirmation, 'false');
    await sns.send(new DeleteTopicCommand({ TopicArn: arn }));
    await sns.send(new DeleteTopicCommand({ TopicArn: arn }));
    await assert.rejects(attributesOf(SubscriptionArn!), { name: 'NotFoundException' });
  });

  it('pages through topics', async () => {
    for (let i = 0; i < 101; i += 1) await topic();
    const { Topics, NextToken } = await sns.send(new ListTopicsCommand({}));
    assert.equal(Topics?.length, 100);
    const rest = await sns.send(new ListTopicsCommand({ NextToken }));
    assert.equal(100 + rest.Topics!.length, topics - 1);
    await refused(sns.send(new ListTopicsCommand({ NextToken: 'nonsense' })), 'Invalid parameter: NextToken');
  });

  it('goes on after a restart: subscriptions, the key, and what was on its way', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'wonderland-sns-'));
    const stateFile = join(directory, 'cloud.json');
    const box = await inbox();
    const live = async <T>(act: (client: SNSClient, own: Cloud) => Promise<T>): Promise<T> => {
      const own = await startTestCloud({ speed: 100, dataPlane: false, stateFile });
      const client = new SNSClient(sdkConfig(own.addresses.url));
      const result = await act(client, own);
      client.destroy();
      await own.stop();
      return result;
    };
    const pemOf = async ({ addresses }: Cloud) => (await fetch(`${addresses.url}/_wonderland/sns-signing.pem`)).text();
    const first = await live(async (client, own) => {
      const { TopicArn } = await client.send(new CreateTopicCommand({ Name: 'kept' }));
      await client.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: box.url }));
      await fetch(read(await box.mail(0)).SubscribeURL!);
      box.answer(503);
      await client.send(new PublishCommand({ TopicArn, Message: 'on its way' }));
      await box.mail(1);
      return { TopicArn, pem: await pemOf(own) };
    });
    await live(async (_client, own) => {
      assert.equal(read(await box.mail(2)).Message, 'on its way');
      assert.equal(await pemOf(own), first.pem);
    });
    await rm(directory, { recursive: true });
  });
});
