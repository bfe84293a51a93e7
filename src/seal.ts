import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { WonderlandError } from './domain/errors.ts';

const PREFIX = 'sealed:1:';

/** Hides values from everybody who can read Temporal's history but not the configuration. */
export interface Seal {
  /** Equal values seal equally, so that sealed values can still be compared. */
  seal(value: string): string;
  /** @throws WonderlandError `internal` when the value was sealed with another key. */
  open(sealed: string): string;
}

/** AES-256-GCM with a nonce derived from the value (HMAC-SHA-256), so sealing is deterministic. */
export function createSeal(keyBase64: string): Seal {
  const master = Buffer.from(keyBase64, 'base64');
  const derive = (label: string) => createHmac('sha256', master).update(label).digest();
  const encryptionKey = derive('encrypt');
  const nonceKey = derive('nonce');
  return {
    seal(value) {
      const nonce = createHmac('sha256', nonceKey).update(value).digest().subarray(0, 12);
      const cipher = createCipheriv('aes-256-gcm', encryptionKey, nonce);
      const body = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      return PREFIX + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
    },
    open(sealed) {
      try {
        const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64');
        const decipher = createDecipheriv('aes-256-gcm', encryptionKey, bytes.subarray(0, 12));
        decipher.setAuthTag(bytes.subarray(12, 28));
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      } catch {
        throw new WonderlandError('internal', 'A sealed value cannot be opened: it was sealed with another key', {
          hint: 'The API and every worker must share one `sealing-key`.',
        });
      }
    },
  };
}
