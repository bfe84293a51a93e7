import type { Issue } from '../domain/errors.ts';
import type { YamlSource } from '../yaml-document.ts';
import type { Manifest } from './schema.ts';

const SECRET_NAME =
  /(^|_)(SECRETS?|PASSWORD|PASSWD|PWD|PASSPHRASE|TOKEN|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|ENCRYPTION_?KEY|SIGNING_?KEY|AUTH_?KEY)(_?[0-9]+)?$/i;

const SECRET_VALUES = [
  /^(AKIA|ASIA)[0-9A-Z]{16}$/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i,
  /^gh[oprsu]_[A-Za-z0-9]{30,}$/,
  /^xox[abeprs]-[A-Za-z0-9-]{10,}$/,
  /^sk_(live|test)_[A-Za-z0-9]{10,}$/,
  /^wl_[A-Za-z0-9_-]{43}$/,
];

/** Whether a variable probably holds a secret, by its name or by the shape of its value. */
export const looksSecret = (name: string, value: string): boolean =>
  (SECRET_NAME.test(name) && value !== '' && !value.startsWith('arn:')) ||
  SECRET_VALUES.some((shape) => shape.test(value));

/** What is allowed but probably not meant. Never quotes a value of `env`. */
export function adviceFor({ components }: Manifest, report: YamlSource['issue']): Issue[] {
  return components.flatMap(({ env, image }, index) => [
    ...Object.entries(env)
      .filter(([name, value]) => looksSecret(name, value))
      .map(([name]) =>
        report(['components', index, 'env'], `"${name}" looks like a secret, and env can be read by many`, {
          key: name,
          hint: 'use "secrets" with the ARN of a secret',
        }),
      ),
    ...(/[:@][^/]*$/.test(image)
      ? []
      : [
          report(['components', index, 'image'], 'the image has no tag, so what runs depends on when it is deployed', {
            hint: 'add a tag or a digest',
          }),
        ]),
  ]);
}
