/** Secrets Manager: secrets with versions, labels and a time for second thoughts. */
import type { Engine, Parts } from '../registration.ts';
import { secretOperations } from './secretsmanager/secrets.ts';
import { createStore } from './secretsmanager/store.ts';
import { createGetValue, valueOperations, type GetValue } from './secretsmanager/values.ts';

export interface SecretsManager extends Parts {
  /** As GetSecretValue answers. */
  getValue: GetValue;
}

export const createSecretsManager = (engine: Engine): SecretsManager => {
  const store = createStore(engine);
  const getValue = createGetValue(engine, store);
  return {
    getValue,
    services: [
      {
        scope: 'secretsmanager',
        model: 'secretsmanager',
        internalCode: 'InternalServiceError',
        operations: { ...secretOperations(engine, store), ...valueOperations(engine, store, getValue) },
        persistent: {
          key: 'secretsmanager',
          save: store.save,
          load: store.load,
          start: async () => undefined,
          stop: async () => undefined,
        },
      },
    ],
  };
};
