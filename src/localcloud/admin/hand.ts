/** Does to an account what somebody else does: through the same operations an API call would run, and in the journal. */
import { AwsError, type CallContext, type Params } from '../engine/contract.ts';
import type { Journal } from '../engine/journal.ts';
import type { Engine, ServiceRegistration } from '../registration.ts';
import { describeProblems, findProblems, redact } from '../wire/validate.ts';
import { loadModel } from '../wire/model.ts';
import type { World } from '../world.ts';
import { AdminError } from './route.ts';

/** How the journal calls whatever happens by the world's hand. */
export const WORLD = 'world';

export interface Hand {
  /**
   * Runs an operation as somebody else; the journal shows it.
   * @throws AdminError 409, or 404, with the service's own words when it refuses
   */
  act(scope: string, operation: string, params: Params, principal?: string): Promise<Params>;
  /** Looks without a trace. @throws AdminError like `act` */
  look(scope: string, operation: string, params: Params): Promise<Params>;
}

interface Ports {
  engine: Pick<Engine, 'clock' | 'region' | 'random' | 'changed'>;
  journal: Pick<Journal, 'add'>;
}

/** In the service's own words; 404 when what is missing is the thing itself. */
const refused = (operation: string, error: unknown): unknown => {
  if (!(error instanceof AwsError)) return error;
  const status = /NotFound|NoSuch/.test(error.code) ? 404 : 409;
  return new AdminError(status, `${operation} was refused: ${error.code}: ${error.message}`);
};

/** The hand in one account. */
export const createHand = ({ engine, journal }: Ports, world: World): Hand => {
  const { account } = world.engine;
  const contextOf = (principal: string): CallContext => ({
    requestId: engine.random.uuid(),
    account,
    region: engine.region,
    accessKeyId: principal,
    userName: principal,
  });
  const find = (scope: string, operation: string): { service: ServiceRegistration; isMutating: boolean } => {
    const service = world.services.find((one) => one.scope === scope);
    const entry = service?.operations[operation];
    if (service === undefined || entry === undefined)
      throw new AdminError(501, `this local cloud does not serve ${operation} of ${scope} yet`);
    return { service, isMutating: entry.mutating };
  };
  const run = async (
    { operations, model, validationCode }: ServiceRegistration,
    operation: string,
    params: Params,
    context: CallContext,
  ): Promise<Params> => {
    const problems = findProblems(loadModel(model), operation, params);
    if (problems.length > 0) throw new AwsError(validationCode ?? 'ValidationException', describeProblems(problems));
    return (await operations[operation]?.run(params, context)) ?? {};
  };

  return {
    look: async (scope, operation, params) => {
      const { service } = find(scope, operation);
      try {
        return await run(service, operation, params, contextOf(WORLD));
      } catch (error) {
        throw refused(operation, error);
      }
    },
    act: async (scope, operation, params, principal = WORLD) => {
      const { service, isMutating } = find(scope, operation);
      const context = contextOf(principal);
      const resource = service.operations[operation]?.resource?.(params);
      const note = {
        time: engine.clock.now(),
        account,
        service: scope,
        operation,
        principal,
        ...(resource === undefined ? {} : { resource }),
        mutating: isMutating,
        parameters: redact(loadModel(service.model), operation, params),
        requestId: context.requestId,
      };
      try {
        const answer = await run(service, operation, params, context);
        journal.add({ ...note, outcome: 'ok' });
        engine.changed();
        return answer;
      } catch (error) {
        const errorCode = error instanceof AwsError ? error.code : 'InternalFailure';
        journal.add({ ...note, outcome: 'error', errorCode });
        throw refused(operation, error);
      }
    },
  };
};
