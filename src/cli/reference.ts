import { isDeploymentId, isServiceName } from '../domain/ids.ts';
import { WonderlandError } from '../domain/errors.ts';
import type { Subject } from './output/renderer.ts';

/** @throws WonderlandError `usage` when it is no name of a service. */
export function requireServiceName(name: string): string {
  if (isServiceName(name)) return name;
  throw new WonderlandError('usage', `"${name}" cannot be the name of a service`, {
    hint: 'A name has 2 to 21 lower-case letters, digits and dashes, begins with a letter and does not end with a dash.',
  });
}

/** Reads `autoscaler/1466583476`. @throws WonderlandError `usage` */
export function parseReference(text: string): Subject {
  const [service = '', id = '', ...rest] = text.split('/');
  if (isServiceName(service) && isDeploymentId(id) && rest.length === 0) return { service, id };
  throw new WonderlandError('usage', `"${text}" is not a change of a service`, {
    hint: 'Write SERVICE/ID, e.g. `wl follow autoscaler/1466583476`.',
  });
}
