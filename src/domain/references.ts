import type { ServiceSpec } from './service-spec.ts';

/** Something that a manifest names and that has to be in AWS before a task can start. */
export interface Reference {
  kind: 'secret' | 'role';
  /** Where it is named, as issues put it: `components.0.secrets.API_KEY`. */
  key: string;
  arn: string;
}

/** Empty for a manifest that names neither secrets nor credentials nor a role. */
export const referencesOf = ({ components, taskRoleArn }: ServiceSpec): Reference[] => [
  ...components.flatMap(({ secrets = {}, registryCredentials }, index): Reference[] => [
    ...Object.entries(secrets).map(([variable, arn]) => secretAt(`components.${index}.secrets.${variable}`, arn)),
    ...(registryCredentials === undefined
      ? []
      : [secretAt(`components.${index}.registry-credentials`, registryCredentials)]),
  ]),
  ...(taskRoleArn === undefined ? [] : [{ kind: 'role' as const, key: 'iam.role-arn', arn: taskRoleArn }]),
];

const secretAt = (key: string, arn: string): Reference => ({ kind: 'secret', key, arn });
