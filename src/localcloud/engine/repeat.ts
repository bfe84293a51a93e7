import type { Clock } from './contract.ts';

/** A clock's `every`, out of its `after`. */
export const repeating =
  (after: Clock['after']): Clock['every'] =>
  (milliseconds, task) => {
    let cancel = (): void => undefined;
    const again = (): void => {
      cancel = after(milliseconds, () => {
        again();
        task();
      });
    };
    again();
    return () => cancel();
  };
