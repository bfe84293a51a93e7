/** How much a task has to do. */
const WINDOW = 60_000;
/** Requests are counted together that come within so many cloud milliseconds. */
const SLOT = 5_000;

export interface RequestMeter {
  count(): void;
  /** Requests of the last cloud minute. */
  lastMinute(): number;
}

/** `now`: cloud milliseconds. */
export const createRequestMeter = (now: () => number): RequestMeter => {
  let slots: { from: number; count: number }[] = [];
  return {
    count: () => {
      const from = now() - (now() % SLOT);
      const last = slots.at(-1);
      if (last?.from === from) last.count += 1;
      else slots = [...slots.filter((slot) => slot.from > from - WINDOW), { from, count: 1 }];
    },
    lastMinute: () => slots.filter(({ from }) => from > now() - WINDOW).reduce((total, { count }) => total + count, 0),
  };
};
