/** Token buckets: how many calls of a kind an account may make, at once and over time. */

/** Calls that draw from one bucket. */
export interface BucketRule {
  /** Credential scope of the service. */
  service: string;
  name: string;
  /** `*` at the end stands for anything. */
  operations: readonly string[];
  /** Calls at once. */
  burst: number;
  /** Calls a second, in the long run. */
  refill: number;
}

export interface BucketLevel {
  service: string;
  name: string;
  burst: number;
  refill: number;
  level: number;
  /** Calls that met an empty bucket. */
  refused: number;
}

export interface Throttle {
  /** Takes one call out of its bucket; false when it is empty. Calls without a bucket always pass. */
  take(service: string, operation: string): boolean;
  levels(): BucketLevel[];
  /** Another size for a bucket, as AWS gives large accounts on request. False when there is none of that name. */
  resize(service: string, name: string, size: { burst: number; refill: number }): boolean;
}

interface Bucket extends BucketLevel {
  operations: readonly string[];
  /** When `level` was right. */
  at: number;
}

const covers = (pattern: string, operation: string): boolean =>
  pattern.endsWith('*') ? operation.startsWith(pattern.slice(0, -1)) : pattern === operation;

/** `now`: milliseconds as the caller feels them; buckets fill in real time whatever the speed of the cloud. */
export const createThrottle = (rules: readonly BucketRule[], now: () => number): Throttle => {
  const buckets: Bucket[] = rules.map((rule) => ({ ...rule, level: rule.burst, refused: 0, at: now() }));
  const fill = (bucket: Bucket): void => {
    const time = now();
    bucket.level = Math.min(bucket.burst, bucket.level + ((time - bucket.at) / 1000) * bucket.refill);
    bucket.at = time;
  };
  return {
    take: (service, operation) => {
      const bucket = buckets.find(
        (one) => one.service === service && one.operations.some((pattern) => covers(pattern, operation)),
      );
      if (bucket === undefined) return true;
      fill(bucket);
      if (bucket.level < 1) {
        bucket.refused += 1;
        return false;
      }
      bucket.level -= 1;
      return true;
    },
    levels: () => {
      buckets.forEach(fill);
      return buckets.map(({ service, name, burst, refill, level, refused }) => ({
        service,
        name,
        burst,
        refill,
        level,
        refused,
      }));
    },
    resize: (service, name, { burst, refill }) => {
      const bucket = buckets.find((one) => one.service === service && one.name === name);
      if (bucket === undefined) return false;
      fill(bucket);
      Object.assign(bucket, {
        burst,
        refill,
        level: Math.min(bucket.level + Math.max(0, burst - bucket.burst), burst),
      });
      return true;
    },
  };
};
