import type { Params } from '../../engine/contract.ts';
import { optionalText } from '../params.ts';
import type { Control } from './control.ts';
import type { Ports } from './lifecycle.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Refresher } from './refresher.ts';

/** What the operations of Auto Scaling work with. */
export interface Context extends Ports {
  lifecycle: Lifecycle;
  refresher: Refresher;
  control: Control;
}

export const groupName = (params: Params): string | undefined => optionalText(params, 'AutoScalingGroupName');
