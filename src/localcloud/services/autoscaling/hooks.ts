/** Lifecycle hooks: an instance waits until somebody says CONTINUE or ABANDON, or until nobody has for too long. */
import type { Engine } from '../../registration.ts';
import type { Group, Hook, LifecycleAction, LifecycleResult, Member, Transition } from './model.ts';

const HOUR = 3600;
export const MOST_HOOKS = 50;
export const HEARTBEAT = { least: 30, most: 7200, byDefault: HOUR };

/** However often the heartbeat is renewed: 48 hours, or a hundred times the timeout if that is less. */
export const globalTimeout = ({ heartbeatTimeoutSeconds }: Hook): number =>
  Math.min(48 * HOUR, 100 * heartbeatTimeoutSeconds);

export interface Hooks {
  /** Begins to wait for the first hook of a transition; false when there is none. */
  begin(group: Group, member: Member, transition: Transition): boolean;
  /** One more heartbeat's time. */
  renew(action: LifecycleAction): void;
  /** Goes on to the next hook; false when that was the last. */
  next(group: Group, member: Member): boolean;
  /** What came of an action nobody completed in time; undefined while there is time. */
  expired(action: LifecycleAction): LifecycleResult | undefined;
}

export const createHooks = ({ clock, random, changed }: Engine): Hooks => {
  const wait = (group: Group, member: Member, names: readonly string[]): boolean => {
    const [name, ...following] = names;
    const hook = group.hooks.find((one) => one.name === name);
    if (hook === undefined) {
      if (following.length > 0) return wait(group, member, following);
      delete member.action;
      return false;
    }
    const now = clock.now();
    member.action = {
      hook: hook.name,
      token: random.uuid(),
      timeoutSeconds: hook.heartbeatTimeoutSeconds,
      defaultResult: hook.defaultResult,
      deadline: now + hook.heartbeatTimeoutSeconds * 1000,
      finalDeadline: now + globalTimeout(hook) * 1000,
      following,
    };
    changed();
    return true;
  };
  return {
    begin: (group, member, transition) =>
      wait(
        group,
        member,
        group.hooks.filter((hook) => hook.transition === transition).map(({ name }) => name),
      ),
    renew: (action) => {
      action.deadline = Math.min(clock.now() + action.timeoutSeconds * 1000, action.finalDeadline);
      changed();
    },
    next: (group, member) => wait(group, member, member.action?.following ?? []),
    expired: ({ deadline, defaultResult }) => (clock.now() >= deadline ? defaultResult : undefined),
  };
};
