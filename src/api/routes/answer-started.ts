import type { Response } from 'express';
import type { ApiContext } from '../context.ts';
import { acceptedView, readView } from '../deployments/read.ts';
import type { Started } from '../deployments/start.ts';
import { deploymentPath } from '../deployments/view.ts';

/** 202 for a change that was accepted now, 200 for one that the same request had made before. */
export async function answerStarted(context: ApiContext, response: Response, { run, created }: Started): Promise<void> {
  const view = created ? await acceptedView(context, run) : await readView(context, run);
  response
    .status(created ? 202 : 200)
    .location(deploymentPath(run.service, run.id))
    .json(view);
}
