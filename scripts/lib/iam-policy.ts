// The IAM policy of API and worker, from the AWS commands that src/cloud sends.
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../src/cloud/', import.meta.url);

/** IAM's prefix of an SDK package, where it is another word. */
const PREFIXES: Record<string, string> = {
  'elastic-load-balancing': 'elasticloadbalancing',
  'route-53': 'route53',
  'cloudwatch-logs': 'logs',
  'secrets-manager': 'secretsmanager',
};

/** Calls that carry tags need this right as well. */
const TAGGING: Record<string, string> = {
  'ecs:CreateService': 'ecs:TagResource',
  'logs:CreateLogGroup': 'logs:TagResource',
  'sns:CreateTopic': 'sns:TagResource',
};

/** No call of its own: ECS asks for it when a task definition names a role. Narrow the resource to the roles in use. */
const PASS_ROLE = {
  Sid: 'WonderlandPassRole',
  Effect: 'Allow',
  Action: ['iam:PassRole'],
  Resource: '*',
  Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
};

/** Sorted IAM actions, e.g. `ecs:UpdateService`. */
export function iamActions(): string[] {
  const actions = readdirSync(folder).flatMap((name) => actionsOf(readFileSync(new URL(name, folder), 'utf8')));
  const tagging = actions.map((action) => TAGGING[action]).filter((action) => action !== undefined);
  return [...new Set([...actions, ...tagging])].toSorted((a, b) => (a < b ? -1 : 1));
}

function actionsOf(source: string): string[] {
  return [...source.matchAll(/import (?:type )?\{([^}]*)\} from '@aws-sdk\/client-([a-z0-9-]+)'/g)].flatMap(
    ([, names = '', client = '']) =>
      [...names.matchAll(/(\w+)Command\b/g)].map(([, operation]) => `${PREFIXES[client] ?? client}:${operation}`),
  );
}

/** One statement a service; resources are left open, because most of these calls name what does not exist yet. */
export function iamPolicy(): object {
  const actions = iamActions();
  const services = [...new Set(actions.map((action) => action.slice(0, action.indexOf(':'))))];
  const statements = services.map((service) => ({
    Sid: `Wonderland${service[0]?.toUpperCase()}${service.slice(1)}`,
    Effect: 'Allow',
    Action: actions.filter((action) => action.startsWith(`${service}:`)),
    Resource: '*',
  }));
  return { Version: '2012-10-17', Statement: [...statements, PASS_ROLE] };
}
