/** The lowest host port of the range nobody uses or has reserved; undefined when the range is full. */
export function chooseHostPort(range: { from: number; to: number }, taken: Iterable<number>): number | undefined {
  const used = new Set(taken);
  for (let port = range.from; port <= range.to; port += 1) if (!used.has(port)) return port;
  return undefined;
}
