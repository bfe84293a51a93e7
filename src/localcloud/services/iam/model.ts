/** Roles as IAM keeps them. */
import { AwsError } from '../../engine/contract.ts';
import type { Tags } from '../tag-set.ts';

export interface Role {
  id: string;
  name: string;
  /** Begins and ends with a slash. */
  path: string;
  arn: string;
  createdAt: number;
  description?: string;
  maxSessionSeconds: number;
  /** Trust policy, as it was given. */
  trust: string;
  tags: Tags;
  /** Inline policies by name, as they were given. */
  inline: Record<string, string>;
  /** ARNs of managed policies. */
  attached: string[];
}

export type RoleTable = Map<string, Role>;

export const noSuchEntity = (message: string): AwsError => new AwsError('NoSuchEntity', message, 404);

/** @throws AwsError NoSuchEntity */
export const findRole = (roles: RoleTable, name: unknown): Role => {
  const role = roles.get(String(name));
  if (role === undefined) throw noSuchEntity(`The role with name ${String(name)} cannot be found.`);
  return role;
};
