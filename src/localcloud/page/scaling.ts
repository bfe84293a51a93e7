import type { Surroundings } from '../admin/world/event.ts';
import type { Params } from '../engine/contract.ts';
import { millisecondsOf } from '../scenarios/scenario.ts';
import { html, type Content, type Html } from './html.ts';
import { badge, clockTime, section, table } from './pieces.ts';

const ACTIVITIES = 5;

const member = ({ InstanceId, LifecycleState, HealthStatus }: Params): Html => {
  const isWell = LifecycleState === 'InService' && HealthStatus === 'Healthy';
  const mood = isWell ? 'good' : HealthStatus === 'Healthy' ? 'busy' : 'bad';
  return html`<div class="line">
    ${badge(mood, String(LifecycleState), String(HealthStatus))} <code>${String(InstanceId)}</code>
  </div>`;
};

const activity = ({ StartTime, StatusCode, Description }: Params): Html =>
  html`<li>${clockTime(millisecondsOf(StartTime))} ${String(StatusCode)}: ${String(Description)}</li>`;

/** Auto Scaling groups, with what they did last. */
export const scalingSection = async ({ hand }: Surroundings): Promise<Html> => {
  const { AutoScalingGroups } = await hand.look('autoscaling', 'DescribeAutoScalingGroups', {});
  const rows: Content[][] = [];
  for (const group of AutoScalingGroups as Params[]) {
    const AutoScalingGroupName = String(group.AutoScalingGroupName);
    const asked = { AutoScalingGroupName, MaxRecords: ACTIVITIES };
    const { Activities } = await hand.look('autoscaling', 'DescribeScalingActivities', asked);
    rows.push([
      html`<b>${AutoScalingGroupName}</b> ${((group.SuspendedProcesses ?? []) as Params[]).map(({ ProcessName }) =>
          badge('busy', `${String(ProcessName)} suspended`),
        )}`,
      html`<span class="figure"
        >${Number(group.MinSize)} ≤ ${Number(group.DesiredCapacity)} ≤ ${Number(group.MaxSize)}</span
      >`,
      ((group.Instances ?? []) as Params[]).map(member),
      html`<ol class="events">
        ${(Activities as Params[]).map(activity)}
      </ol>`,
    ]);
  }
  const head = ['group', 'capacity', 'instances', 'activities'];
  return section('scaling', 'Auto Scaling groups', rows.length, table(head, rows, 'None.'));
};
