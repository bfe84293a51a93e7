import { CreateTopicCommand, type SNSClient } from '@aws-sdk/client-sns';
import { call } from './call.ts';
import { awsTags, ownerTags } from './tags.ts';
import type { Owner } from '../domain/deploy/service-want.ts';

/** One SNS topic per team and service; CreateTopic answers the existing one. Answers its ARN. */
export async function ensureTopic(sns: SNSClient, owner: Owner, signal?: AbortSignal): Promise<string> {
  const Name = `wonderland-${owner.environment}-${owner.team}-${owner.service}`;
  const answer = await call(sns, new CreateTopicCommand({ Name, Tags: awsTags(ownerTags(owner)) }), signal);
  return answer.TopicArn ?? '';
}
