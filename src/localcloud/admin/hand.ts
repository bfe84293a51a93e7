/** Does to an account what somebody else does: through the same operations an API call would run, and in the journal. */
import { AwsError, type CallContext, type OperationTable, type Params } from '../engine/contract.ts';
import type { Journal } from '../engine/journal.ts';
import type { Perform } from '../perform.ts';
import type { Engine, ServiceRegistration } from '../registration.ts';
import { checkMembers } from '../service-errors.ts';
import { loadModel } from '../wire/model.ts';
import { redact } from '../wire/validate.ts';
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
  /** Looks without a trace, and sees what is so: it is never stale. @throws AdminError like `act` */
  look(scope: string, operation: string, params: Params): Promise<Params>;
}

interface Ports {
  engine: Pick<Engine, 'clock' | 'region' | 'random' | 'changed'>;
  journal: Pick<Journal, 'add'>;
  perform: Perform;
}

/** In the service's own words; 404 when what is missing is the thing itself. */
const refused = (operation: string, error: unknown): unknown => {
  if (!(error instanceof AwsError)) return error;
  const status = /NotFound|NoSuch/.test(error.code) ? 404 : 409;
  return new AdminError(status, `${operation} was refused: ${error.code}: ${error.message}`);
};

/** The hand in one account. */
export const createHand = ({ engine, journal, perform }: Ports, world: World): Hand => {
  const { account } = world.engine;
  const contextOf = (principal: string): CallContext => ({
    requestId: engine.random.uuid(),
    account,
    region: engine.region,
    accessKeyId: principal,
    userName: principal,
  });
  const find = (scope: string, operation: string): { service: ServiceRegistration; entry: OperationTable[string] } => {
    const service = world.services.find((one) => one.scope === scope);
    const entry = service?.operations[operation];
    if (service === undefined || entry === undefined)
      throw new AdminError(501, `this local cloud does not serve ${operation} of ${scope} yet`);
    return { service, entry };
  };

  return {
    look: async (scope, operation, params) => {
      const { service, entry } = find(scope, operation);
      try {
        checkMembers(service, { model: loadModel(service.model) }, operation, params);
        return await entry.run(params, contextOf(WORLD));
      } catch (error) {
        throw refused(operation, error);
      }
    },
    act: async (scope, operation, params, principal = WORLD) => {
      const { service, entry } = find(scope, operation);
      const context = contextOf(principal);
      const resource = entry.resource?.(params);
      const note = {
        time: engine.clock.now(),
        account,
        service: scope,
        operation,
        principal,
        ...(resource === undefined ? {} : { resource }),
        mutating: entry.mutating,
        parameters: redact(loadModel(service.model), operation, params),
        requestId: context.requestId,
      };
      try {
        checkMembers(service, { model: loadModel(service.model) }, operation, params);
        const answer = await perform(service, operation, params, context);
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
