/** ECR: the account's private registry; its images are those of `/v2/`. */
import type { OperationEntry } from '../engine/contract.ts';
import type { Images, Manifest } from '../images.ts';
import type { Engine, Parts } from '../registration.ts';
import { imageOperations } from './ecr/image-operations.ts';
import { createShelf } from './ecr/images.ts';
import { repositoryOperations } from './ecr/repository-operations.ts';
import { seconds } from './epoch.ts';
import { createStore } from './ecr/store.ts';

const TOKEN_LIFE = 12 * 3_600_000;
/** Older tokens are forgotten, valid or not. */
const MOST_TOKENS = 100;

/** ECR as the registry endpoint sees it. */
export interface EcrRegistry {
  /** `123456789012.dkr.ecr.eu-west-1.amazonaws.com` */
  host: string;
  /** What was put into a repository by PutImage; undefined for everything else. */
  pushed(repository: string, reference: string): Manifest | undefined;
  /** Whether this is the password of an authorization token that is still good. */
  accepts(password: string): boolean;
}

interface Ecr extends Parts {
  registry: EcrRegistry;
}

export const createEcr = (engine: Engine, images: Images): Ecr => {
  const store = createStore(engine, images.list().repositories);
  const shelf = createShelf(images);

  const authorize: OperationEntry = {
    mutating: true,
    note: 'images can be pulled without it too',
    run: () => {
      const expiresAt = engine.clock.now() + TOKEN_LIFE;
      const password = engine.random.hex(64);
      store.tokens.push({ password, expiresAt });
      store.tokens.splice(0, Math.max(0, store.tokens.length - MOST_TOKENS));
      return {
        authorizationData: [
          {
            authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
            expiresAt: seconds(expiresAt),
            proxyEndpoint: `https://${store.host}`,
          },
        ],
      };
    },
  };

  return {
    registry: {
      host: store.host,
      pushed: (name, reference) => {
        const image = store.repositories
          .get(name)
          ?.pushed.find(({ digest, tags }) => digest === reference || tags.includes(reference));
        return image && { digest: image.digest, mediaType: image.mediaType, body: image.manifest };
      },
      accepts: (password) =>
        store.tokens.some((token) => token.password === password && token.expiresAt > engine.clock.now()),
    },
    services: [
      {
        scope: 'ecr',
        model: 'ecr',
        internalCode: 'ServerException',
        validationCode: 'InvalidParameterException',
        operations: {
          ...repositoryOperations(store, shelf),
          ...imageOperations({ engine, store, shelf, images }),
          GetAuthorizationToken: authorize,
        },
        persistent: {
          key: 'ecr',
          save: store.save,
          load: store.load,
          start: async () => undefined,
          stop: async () => undefined,
        },
      },
    ],
  };
};
