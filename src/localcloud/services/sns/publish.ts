/** Publish and PublishBatch: which messages AWS takes. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { invalid, unserved, type Message, type MessageAttribute, type Topic } from './model.ts';
import type { Post } from './post.ts';
import type { SnsStore } from './store.ts';
import { isWanted } from './subscription-attributes.ts';
import { textFor } from './documents.ts';

const LARGEST_MESSAGE_BYTES = 262_144;
const LARGEST_BATCH_COUNT = 10;
const LONGEST_SUBJECT = 100;
const ATTRIBUTE_NAME = /^(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/;

const badAttribute = (message: string): AwsError => new AwsError('ParameterValueInvalid', message);

const isJsonArray = (text: string): boolean => {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
};

const checkAttribute = (name: string, { DataType, StringValue, BinaryValue }: MessageAttribute): void => {
  if (!ATTRIBUTE_NAME.test(name)) throw badAttribute(`Invalid message attribute name '${name}'.`);
  const [kind = ''] = DataType.split('.');
  if (!['String', 'Number', 'Binary'].includes(kind))
    throw badAttribute(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  const field = kind === 'Binary' ? 'Binary' : 'String';
  const value = kind === 'Binary' ? BinaryValue : StringValue;
  if (value === undefined)
    throw badAttribute(`The message attribute '${name}' with type '${DataType}' must use field '${field}'.`);
  if (value.length === 0)
    throw badAttribute(`The message attribute '${name}' must contain a non-empty message attribute value.`);
  if (kind === 'Number' && Number.isNaN(Number(StringValue)))
    throw badAttribute(`Could not cast message attribute '${name}' value to number.`);
  if (DataType === 'String.Array' && !isJsonArray(StringValue ?? ''))
    throw badAttribute(`The message attribute '${name}' with type 'String.Array' must be a JSON array.`);
};

const sizeOf = (text: string, attributes: Record<string, MessageAttribute>): number =>
  Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue = '', BinaryValue }]) =>
      sum + Buffer.byteLength(name + DataType + StringValue) + (BinaryValue?.length ?? 0),
    Buffer.byteLength(text),
  );

/** With `MessageStructure` json the message is an object: a text for each protocol, and one for all others. */
const readStructure = (message: string): { text: string; textByProtocol: Record<string, string> } => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(message);
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
  const texts = Object.fromEntries(
    Object.entries((parsed ?? {}) as object).filter(([, value]) => typeof value === 'string'),
  ) as Record<string, string>;
  if (texts.default === undefined) throw invalid('Message Structure - No default entry in JSON message body');
  return { text: texts.default, textByProtocol: texts };
};

/** @throws InvalidParameter, ParameterValueInvalid */
const readMessage = (params: Params): Omit<Message, 'id'> => {
  const { Message: message, Subject: subject, MessageStructure: structure } = params as Record<string, string>;
  const attributes = (params.MessageAttributes ?? {}) as Record<string, MessageAttribute>;
  if (message === undefined || message === '') throw invalid('Empty message');
  if (subject !== undefined && (subject.length > LONGEST_SUBJECT || !/^[\p{L}\p{N}\p{P}][^\p{Cc}]*$/u.test(subject)))
    throw invalid('Subject');
  for (const [name, attribute] of Object.entries(attributes)) checkAttribute(name, attribute);
  if (sizeOf(message, attributes) > LARGEST_MESSAGE_BYTES) throw invalid('Message too long');
  if (params.MessageDeduplicationId !== undefined)
    throw invalid(
      'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    );
  if (structure !== undefined && structure !== 'json') throw invalid('Message Structure');
  const texts = structure === 'json' ? readStructure(message) : { text: message, textByProtocol: {} };
  return { ...(subject !== undefined && { subject }), ...texts, attributes };
};

const checkBatch = (entries: readonly Params[]): void => {
  const refuse = (code: string, message: string): never => {
    throw new AwsError(code, message);
  };
  if (entries.length === 0) refuse('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  if (entries.length > LARGEST_BATCH_COUNT)
    refuse('TooManyEntriesInBatchRequest', 'The batch request contains more entries than permissible.');
  const ids = entries.map(({ Id }) => String(Id));
  if (ids.some((id) => !/^[A-Za-z0-9_-]{1,80}$/.test(id)))
    refuse('InvalidBatchEntryId', "The Id of a batch entry in a batch request doesn't abide by the specification.");
  if (new Set(ids).size < ids.length)
    refuse('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  const size = entries.reduce(
    (sum, { Message: message, MessageAttributes = {} }) =>
      sum + sizeOf(String(message), MessageAttributes as Record<string, MessageAttribute>),
    0,
  );
  if (size > LARGEST_MESSAGE_BYTES)
    refuse('BatchRequestTooLong', 'The length of all the batch messages put together is more than the limit.');
};

interface Publishing {
  operations: OperationTable;
  publish(topic: Topic, params: Params): string;
}

export const createPublishing = ({ random }: Pick<Engine, 'random'>, store: SnsStore, post: Post): Publishing => {
  const { topicOf, ofTopic } = store;

  const publish = (topic: Topic, params: Params): string => {
    const message: Message = { id: random.uuid(), ...readMessage(params) };
    for (const subscription of ofTopic(topic.arn)) {
      const filtered = { attributes: message.attributes, body: textFor(message, subscription) };
      if (subscription.state === 'confirmed' && isWanted(subscription, filtered))
        post.notify(topic, subscription, message);
    }
    return message.id;
  };

  const publishEntry = (topic: Topic, entry: Params): { done?: Params; failed?: Params } => {
    try {
      return { done: { Id: entry.Id, MessageId: publish(topic, entry) } };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return { failed: { Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true } };
    }
  };

  const operations: OperationTable = {
    Publish: {
      mutating: true,
      resource: ({ TopicArn, TargetArn }) => (TopicArn ?? TargetArn) as string | undefined,
      note: 'to topics only, not to phones and devices',
      run: (params) => {
        const { TopicArn, TargetArn, PhoneNumber } = params as Record<string, string>;
        if (PhoneNumber !== undefined) throw unserved('SMS');
        const arn = TopicArn ?? TargetArn;
        if (arn === undefined) throw invalid('TopicArn or TargetArn Reason: no value for required parameter');
        const topic = topicOf(arn, TopicArn === undefined ? 'TargetArn' : 'TopicArn');
        return { MessageId: publish(topic, params) };
      },
    },
    PublishBatch: {
      mutating: true,
      resource: ({ TopicArn }) => TopicArn as string | undefined,
      run: (params) => {
        const topic = topicOf(params.TopicArn as string);
        const entries = params.PublishBatchRequestEntries as Params[];
        checkBatch(entries);
        const results = entries.map((entry) => publishEntry(topic, entry));
        return {
          Successful: results.flatMap(({ done }) => done ?? []),
          Failed: results.flatMap(({ failed }) => failed ?? []),
        };
      },
    },
  };
  return { operations, publish };
};
