/** Which service of the local cloud a request is for, and in which protocol. */
import type { ServiceRegistration } from './registration.ts';
import { codecOf } from './wire/codec.ts';
import type { Codec, WireRequest } from './wire/message.ts';
import { loadModel, type Model } from './wire/model.ts';
import { queryCodec, readForm } from './wire/query.ts';

/** A service in one of its protocols. */
export interface Spoken {
  scope: string;
  model: Model;
  codec: Codec;
  protocol: Model['protocol'];
}

/** Route 53 is the only service with a path of its own. */
const ROUTE53_PATH = '/2013-04-01/';

type Routing = (request: WireRequest, scope: string) => Spoken | undefined;

/** `scope`: service of the credential scope, empty without a signature. It tells services apart whose requests look alike. */
export const createRouting = (services: readonly Pick<ServiceRegistration, 'scope' | 'model'>[]): Routing => {
  const spoken = services.map(({ scope, model: name }): Spoken => {
    const model = loadModel(name);
    return { scope, model, codec: codecOf(model), protocol: model.protocol };
  });
  const json = spoken.filter(({ model }) => model.protocol === 'json');
  const rest = spoken.filter(({ model }) => model.protocol === 'rest-xml');
  const forms = spoken
    .filter(({ model }) => model.protocol === 'query' || model.protocol === 'ec2' || model.isAlsoQuery)
    .map((one) => (one.model.isAlsoQuery ? { ...one, codec: queryCodec(one.model), protocol: 'query' as const } : one));

  return (request, scope) => {
    const target = request.headers['x-amz-target'];
    if (typeof target === 'string') {
      const prefix = target.slice(0, target.indexOf('.'));
      return json.find(({ model }) => model.targetPrefix === prefix);
    }
    const byScope = rest.find((one) => one.scope === scope);
    if (byScope !== undefined) return byScope;
    if (request.path.startsWith(ROUTE53_PATH)) return rest.find((one) => one.scope === 'route53');
    const { version, action = '' } = readForm(request);
    // Links in mails and notifications name no version.
    const candidates = forms.filter(({ model }) =>
      version === undefined ? Object.hasOwn(model.operations, action) : model.version === version,
    );
    return candidates.find((one) => one.scope === scope) ?? candidates[0];
  };
};
