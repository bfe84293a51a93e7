import type { Request, Response } from 'express';
import type { ApiContext } from '../context.ts';
import type { Run } from '../deployments/run.ts';
import { watch } from '../deployments/watch.ts';
import { check, CursorSchema } from '../schemas.ts';
import { openEventStream } from '../sse.ts';

/**
 * Streams a deployment until its verdict, the client's leaving or the API's shutdown. Resumes behind the event named by
 * the header `Last-Event-ID`, or by `?after=`.
 */
export async function streamDeployment(
  { hub, shutdown }: ApiContext,
  run: Run,
  { request, response }: { request: Request; response: Response },
): Promise<void> {
  const after = check(CursorSchema, request.get('last-event-id') ?? request.query.after ?? undefined, 'after');
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  response.once('close', stop);
  shutdown.addEventListener('abort', stop);
  if (shutdown.aborted) stop();

  const { feed, leave } = hub.join(run);
  const stream = openEventStream(response, stopping.signal);
  try {
    for await (const message of watch(feed, after, stopping.signal)) {
      await stream.send({
        ...('seq' in message ? { id: message.seq } : {}),
        event: message.type,
        data: message,
      });
    }
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    shutdown.removeEventListener('abort', stop);
    leave();
    stream.end();
  }
}
