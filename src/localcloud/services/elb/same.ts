/** Whether a repeated call asks for what is already there: the idempotency of the classic ELB API. */
import type { Listener, LoadBalancer } from './model.ts';

export const sameListener = (a: Listener, b: Listener): boolean =>
  a.protocol === b.protocol &&
  a.loadBalancerPort === b.loadBalancerPort &&
  a.instanceProtocol === b.instanceProtocol &&
  a.instancePort === b.instancePort &&
  a.certificateId === b.certificateId;

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value) => b.includes(value));

export const sameSettings = (a: LoadBalancer, b: LoadBalancer): boolean =>
  a.scheme === b.scheme &&
  sameSet(a.zones, b.zones) &&
  sameSet(a.subnets, b.subnets) &&
  sameSet(a.securityGroups, b.securityGroups) &&
  a.listeners.length === b.listeners.length &&
  a.listeners.every((listener) => b.listeners.some((other) => sameListener(listener, other)));

export const sameTags = (a: Record<string, string>, b: Record<string, string>): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
