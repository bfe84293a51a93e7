import type { Codec } from './message.ts';
import { jsonCodec } from './json.ts';
import type { Model } from './model.ts';
import { queryCodec } from './query.ts';
import { restXmlCodec } from './rest-xml.ts';

/** The protocol that a service speaks today. */
export const codecOf = (model: Model): Codec => {
  if (model.protocol === 'json') return jsonCodec(model);
  return model.protocol === 'rest-xml' ? restXmlCodec(model) : queryCodec(model);
};
