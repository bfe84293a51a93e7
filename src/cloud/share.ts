/** Answers `load`, shared with everybody who asks for the same key while it runs and for a while after. */
export type Share<T> = (key: string, load: () => Promise<T>) => Promise<T>;

/** At most one load per key at a time; its answer is kept for `keepMs` after it arrived, a failure is not kept. */
export function createShare<T>(keepMs: number): Share<T> {
  const flights = new Map<string, Promise<T>>();
  return (key, load) => {
    const flying = flights.get(key);
    if (flying !== undefined) return flying;
    const flight = load();
    flights.set(key, flight);
    flight.then(
      () => setTimeout(() => flights.delete(key), keepMs).unref(),
      () => flights.delete(key),
    );
    return flight;
  };
}
