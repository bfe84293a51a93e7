/**
 * Health of one instance at one balancer: the first success after registration brings it into service, after that
 * the thresholds count. The texts are those DescribeInstanceHealth answers with.
 */
import type { Machine } from '../../engine/contract.ts';

export interface Health {
  /** `unproven`: probed in vain, but not yet often enough to count as failed. */
  phase: 'registering' | 'unproven' | 'in-service' | 'failed';
  /** Consecutive. */
  successes: number;
  failures: number;
}

interface Thresholds {
  healthyThreshold: number;
  unhealthyThreshold: number;
}

export interface InstanceState {
  state: 'InService' | 'OutOfService' | 'Unknown';
  reasonCode: 'ELB' | 'Instance' | 'N/A';
  description: string;
}

export const REGISTERING: Health = { phase: 'registering', successes: 0, failures: 0 };

export const observe = (health: Health, passed: boolean, thresholds: Thresholds): Health => {
  if (!passed) {
    const failures = health.failures + 1;
    const waiting = health.phase === 'registering' ? 'unproven' : health.phase;
    return { phase: failures >= thresholds.unhealthyThreshold ? 'failed' : waiting, successes: 0, failures };
  }
  const successes = health.successes + 1;
  const failed = health.phase === 'failed' && successes < thresholds.healthyThreshold;
  return { phase: failed ? 'failed' : 'in-service', successes, failures: 0 };
};

const outOfService = (reasonCode: 'ELB' | 'Instance', description: string): InstanceState => ({
  state: 'OutOfService',
  reasonCode,
  description,
});

const IN_SERVICE: InstanceState = { state: 'InService', reasonCode: 'N/A', description: 'N/A' };

export const NOT_REGISTERED = outOfService('Instance', 'Instance is not currently registered with the LoadBalancer.');

/** Reported as InService while requests are still in flight, and only the description tells. */
export const DRAINING: InstanceState = {
  state: 'InService',
  reasonCode: 'N/A',
  description: 'Instance deregistration currently in progress.',
};

/** State of a registered instance, looking at the machine first, its zone next, and at the probes last. */
export const describeHealth = (
  { health, inFlight }: { health: Health; inFlight: ReadonlySet<unknown> },
  machine: Machine,
  zones: readonly string[],
): InstanceState => {
  if (machine.state !== 'running') return outOfService('Instance', `Instance is in ${machineState(machine)} state.`);
  if (!zones.includes(machine.availabilityZone)) {
    if (inFlight.size > 0) return outOfService('ELB', 'Disable Availability Zone is currently in progress.');
    return outOfService(
      'Instance',
      'Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.',
    );
  }
  switch (health.phase) {
    case 'in-service':
      return IN_SERVICE;
    case 'registering':
      return outOfService('ELB', 'Instance registration is still in progress.');
    case 'failed':
      return outOfService(
        'Instance',
        health.successes === 0
          ? 'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.'
          : 'Instance has not passed the configured HealthyThreshold number of health checks consecutively.',
      );
    case 'unproven':
      return outOfService(
        'ELB',
        'Instance has not passed the configured HealthyThreshold number of health checks consecutively.',
      );
  }
};

const machineState = ({ state }: Machine): 'pending' | 'stopped' | 'terminated' => {
  if (state === 'pending') return 'pending';
  return state === 'stopping' || state === 'stopped' ? 'stopped' : 'terminated';
};
