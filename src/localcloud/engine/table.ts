/**
 * A table by names that callers choose. It has no prototype, so that `constructor` or `__proto__` are names like any other:
 * absent until somebody uses them.
 */
export const tableOf = <T>(entries: Readonly<Record<string, T>> = {}): Record<string, T> =>
  Object.assign(Object.create(null) as Record<string, T>, entries);
