/** A self-signed certificate for the HTTPS listeners: Node makes keys and signatures, but no X.509 of its own. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import {
  bitString,
  boolean,
  integer,
  nothing,
  octetString,
  oid,
  sequence,
  set,
  tagged,
  time,
  utf8String,
} from './der.ts';

/** PEM, as `node:tls` takes it. */
export interface Certificate {
  key: string;
  cert: string;
}

const ALGORITHMS = {
  ecdsa: {
    identifier: sequence(oid('1.2.840.10045.4.3.2')),
    generate: () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  },
  rsa: {
    identifier: sequence(oid('1.2.840.113549.1.1.11'), nothing()),
    generate: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  },
};
const YEARS = 10;

/** Valid from yesterday for ten years, good for all of `names` (wildcards allowed); the first is the subject. P-256, or RSA with 2048 bits. */
export const createCertificate = (
  names: readonly [string, ...string[]],
  algorithm: keyof typeof ALGORITHMS = 'ecdsa',
): Certificate => {
  const { identifier, generate } = ALGORITHMS[algorithm];
  const { privateKey, publicKey } = generate();
  const subject = sequence(set(sequence(oid('2.5.4.3'), utf8String(names[0]))));
  const start = new Date(Date.now() - 86_400_000);
  const end = new Date(start);
  end.setUTCFullYear(end.getUTCFullYear() + YEARS);
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(positive(randomBytes(16))),
    identifier,
    subject,
    sequence(time(start), time(end)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(basicConstraints(), alternativeNames(names))),
  );
  const certificate = sequence(body, identifier, bitString(sign('sha256', body, privateKey)));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem(certificate),
  };
};

/** It is its own authority, so that a client may be told to trust it (`NODE_EXTRA_CA_CERTS`, `curl --cacert`). */
const basicConstraints = (): Buffer => sequence(oid('2.5.29.19'), boolean(true), octetString(sequence(boolean(true))));

const alternativeNames = (names: readonly string[]): Buffer =>
  sequence(oid('2.5.29.17'), octetString(sequence(...names.map((name) => tagged(0x82, Buffer.from(name))))));

/** Serial numbers are positive and minimally encoded. */
const positive = (bytes: Buffer): Buffer => {
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
};

const pem = (der: Buffer): string => {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
};
