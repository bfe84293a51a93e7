/** The signature under every document SNS sends. */
import { createPrivateKey, sign } from 'node:crypto';
import { createCertificate, type Certificate } from '../../proxy/certificate.ts';

export type SignatureVersion = '1' | '2';

const DIGESTS: Record<SignatureVersion, string> = { '1': 'RSA-SHA1', '2': 'RSA-SHA256' };

/** What of a document is signed, in this order; what it does not have is left out. */
const SIGNED = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

export interface Signer {
  /** PEM; made at the first use and kept. */
  certificate(): string;
  sign(document: Record<string, unknown>, version: SignatureVersion): string;
  save(): Certificate | undefined;
  load(saved: Certificate | undefined): void;
}

/** `changed`: a pair was made. */
export const createSigner = (changed: () => void): Signer => {
  let pair: Certificate | undefined;
  const own = (): Certificate => {
    if (pair === undefined) {
      pair = createCertificate(['sns.amazonaws.com'], 'rsa');
      changed();
    }
    return pair;
  };
  return {
    certificate: () => own().cert,
    sign: (document, version) => {
      const text = SIGNED.filter((name) => document[name] !== undefined)
        .map((name) => `${name}\n${String(document[name])}\n`)
        .join('');
      return sign(DIGESTS[version], Buffer.from(text), createPrivateKey(own().key)).toString('base64');
    },
    save: () => pair,
    load: (saved) => {
      pair = saved;
    },
  };
};
