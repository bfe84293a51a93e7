import { CreateTopicCommand, DeleteTopicCommand, type SNSClient } from '@aws-sdk/client-sns';
import { call } from './call.ts';
import { awsTags, ownerTags, ownName } from './tags.ts';
import type { Owner } from '../domain/deploy/service-want.ts';

/** One SNS topic per team and service; CreateTopic answers the existing one. Answers its ARN. */
export async function ensureTopic(sns: SNSClient, owner: Owner, signal?: AbortSignal): Promise<string> {
  const answer = await call(
    sns,
    new CreateTopicCommand({ Name: ownName(owner), Tags: awsTags(ownerTags(owner)) }),
    signal,
  );
  return answer.TopicArn ?? '';
}

/** Safe to repeat: SNS deletes what is not there too. The ARN is made of the account's own parts. */
export const deleteTopic = async (
  sns: SNSClient,
  { owner, region, accountId }: { owner: Owner; region: string; accountId: string },
  signal?: AbortSignal,
): Promise<void> => {
  const TopicArn = `arn:aws:sns:${region}:${accountId}:${ownName(owner)}`;
  await call(sns, new DeleteTopicCommand({ TopicArn }), signal);
};
