import { cancellationSignal } from '@temporalio/activity';
import type { Finding } from '../cloud/finding.ts';
import { checkPass, checkReads } from '../cloud/rights.ts';
import { checkRole } from '../cloud/roles.ts';
import { checkSecret } from '../cloud/secrets.ts';
import { WonderlandError } from '../domain/errors.ts';
import type { Reference } from '../domain/references.ts';
import type { Deps } from './deps.ts';
import { asFailure } from './failure.ts';

export const createPreflightActivities = ({ clients, config }: Deps) => {
  /** The role that the agent fetches secrets with. */
  const executionRole = (secrets: Reference[]): Reference[] => {
    const arn = config['execution-role-arn'];
    const [first] = secrets;
    if (first === undefined) return [];
    if (arn !== undefined) return [{ kind: 'role', key: '`execution-role-arn` of the configuration', arn }];
    throw new WonderlandError('precondition_failed', `${first.key} needs an execution role, and none is configured`, {
      hint: 'Create a role that ecs-tasks.amazonaws.com may assume and that may read the secrets, and name it as `execution-role-arn` in wonderland.config.yaml of every API and worker.',
    });
  };

  return {
    /**
     * Whether what a manifest names is in AWS, and may be used. Reads only, and no secret's value. Answers what could not
     * be checked; fails as `precondition_failed` with all that is wrong.
     */
    checkReferences: ({ references }: { references: Reference[] }): Promise<string[]> =>
      asFailure(async () => {
        const signal = cancellationSignal();
        const secrets = references.filter(({ kind }) => kind === 'secret');
        const [execution] = executionRole(secrets);
        const roles = [...references.filter(({ kind }) => kind === 'role'), ...(execution ? [execution] : [])];
        const account = (execution ?? roles[0])?.arn.split(':')[4] ?? '';
        const there = await Promise.all([
          ...secrets.map((secret) => checkSecret(secret, { ...clients, region: config.region, account, signal })),
          ...roles.map((role) => checkRole(role, clients.iam, signal)),
        ]);
        refuse(there.flat());
        const rights = await Promise.all([
          checkPass(clients, roles, signal),
          execution === undefined ? [] : checkReads(clients, { role: execution.arn, references: secrets }, signal),
        ]);
        refuse(rights.flat());
        const unchecked = [...there, ...rights].flat().flatMap((f) => ('unchecked' in f ? [f.unchecked] : []));
        return [...new Set(unchecked)].map((what) => `Not checked: ${what}`);
      }),
  };
};

/** @throws WonderlandError `precondition_failed` with every problem among them. */
function refuse(findings: Finding[]): void {
  const problems = findings.filter((finding) => 'problem' in finding);
  if (problems.length === 0) return;
  throw new WonderlandError('precondition_failed', problems.map(({ problem }) => problem).join('; '), {
    hint: [...new Set(problems.map(({ hint }) => hint))].join(' '),
  });
}
