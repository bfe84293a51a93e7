import type { ChangeInput, DeployInput, RollbackInput, ScaleInput } from '../../domain/change.ts';
import { deploymentRef } from '../../domain/ids.ts';

type WithoutId<T> = Omit<T, 'id'>;

/** A change that is asked for, before it has an id: its kind and the argument of its workflow. */
export type Order =
  | { kind: 'deploy'; input: WithoutId<DeployInput> }
  | { kind: 'rollback'; input: WithoutId<RollbackInput> }
  | { kind: 'scale'; input: WithoutId<ScaleInput> }
  | { kind: 'restart'; input: WithoutId<ChangeInput> }
  | { kind: 'delete'; input: WithoutId<ChangeInput> };

/** Temporal takes this many bytes. */
const SUMMARY_BYTES = 200;

/** One line for lists in the Web UI. */
export function summaryOf(order: Order): string {
  const text = `${whatOf(order)} by ${order.input.actor}`;
  return Buffer.from(text)
    .subarray(0, SUMMARY_BYTES)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
}

function whatOf({ kind, input }: Order): string {
  const { service } = input;
  switch (kind) {
    case 'deploy':
      return `Deploy ${service}: ${input.spec.components[0]?.image ?? ''} ×${input.spec.scale}`;
    case 'rollback':
      return `Roll ${service} back to ${input.to ?? 'the release before'}`;
    case 'scale':
      return `Scale ${service} to ${input.desired}`;
    case 'restart':
      return `Restart ${service}`;
    case 'delete':
      return `Delete ${service}`;
  }
}

/** Markdown for the Web UI, without anything from `env`. */
export function detailsOf(order: Order, id: string): string {
  const { service, team, environment, cluster, actor, onConflict = 'queue' } = order.input;
  const facts = [
    ['Change', deploymentRef(service, id)],
    ['Team', team],
    ['Asked for by', actor],
    ['Environment', environment],
    ['Cluster', cluster],
    ['While another change runs', onConflict],
    ...factsOf(order),
  ];
  return [...facts.map(([name, value]) => `- **${name}**: ${value}`), ...imagesOf(order)].join('\n');
}

function factsOf({ kind, input }: Order): [name: string, value: string][] {
  if (kind === 'deploy') {
    return [
      ['Scale', String(input.spec.scale)],
      ['Domain', input.spec.endpoint?.domain ?? 'none'],
    ];
  }
  if (kind === 'rollback') return [['Back to', input.to ?? 'the last release that passed its gates']];
  return kind === 'scale' ? [['Scale', String(input.desired)]] : [];
}

const imagesOf = ({ kind, input }: Order): string[] =>
  kind === 'deploy' ? ['', ...input.spec.components.map(({ name, image }) => `- \`${name}\` runs \`${image}\``)] : [];
