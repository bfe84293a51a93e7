import { fill, type Cases, type Client, type Outcome, type Params, type Service } from './case.ts';

/** What came of a call: `sns: publish`. */
export type Outcomes = ReadonlyMap<string, Outcome>;

export const titleOf = (service: string, name: string): string => `${service}: ${name}`;

/** What refers to a call that failed cannot be made; that is an outcome too. */
const attempt = async (
  client: Client,
  service: Service,
  operation: string,
  params: Params,
  answers: ReadonlyMap<string, unknown>,
): Promise<Outcome> => {
  let filled: Params;
  try {
    filled = fill(params, answers) as Params;
  } catch (error) {
    return { error: { code: 'not made', message: (error as Error).message } };
  }
  return client.perform(service, operation, filled);
};

/**
 * Performs the steps one after the other. `advance` lets cloud seconds pass; without it pauses are left out.
 * `isWanted`: only these calls are made.
 */
export const performAll = async (
  client: Client,
  all: readonly Cases[],
  {
    advance,
    isWanted = () => true,
  }: { advance?: (seconds: number) => Promise<void>; isWanted?: (call: Cases['steps'][number]) => boolean } = {},
): Promise<Outcomes> => {
  const outcomes = new Map<string, Outcome>();
  for (const { service, steps } of all) {
    const answers = new Map<string, unknown>();
    for (const step of steps.filter(isWanted)) {
      if ('seconds' in step) {
        await advance?.(step.seconds);
        continue;
      }
      const { name, operation, params = {} } = step;
      const outcome = await attempt(client, service, operation, params, answers);
      if ('answer' in outcome) answers.set(name, outcome.answer);
      outcomes.set(titleOf(service, name), outcome);
    }
  }
  return outcomes;
};
