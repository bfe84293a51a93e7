/** Where two answers differ, but for what has to differ: ids and times. */

const PLACEHOLDERS: [RegExp, string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z/g, '<time>'],
  [/\b(lt|i|r|subnet|vpc|ami|sg)-[0-9a-f]{8,17}\b/g, '$1-<id>'],
  [/\/change\/[A-Z0-9]+/g, '/change/<id>'],
  // Zones of Route 53.
  [/\b[A-Z0-9]{20,32}\b/g, '<id>'],
  [/\b([fb])\/\d{56}(\/s)?/g, '$1/<event>'],
];

const EARLIEST = Date.UTC(2020);

const blur = (value: unknown): unknown => {
  if (typeof value === 'number' && value > EARLIEST) return '<time>';
  if (typeof value !== 'string') return value;
  return PLACEHOLDERS.reduce((text, [pattern, placeholder]) => text.replace(pattern, placeholder), value);
};

/** Elements of lists share the place `[]`. */
export const findDifferences = (ours: unknown, theirs: unknown, path = ''): string[] => {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    if (ours.length !== theirs.length) return [`${path}[] (number)`];
    return ours.flatMap((one, i) => findDifferences(one, theirs[i], `${path}[]`));
  }
  if (isObject(ours) && isObject(theirs)) {
    const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
    return names.flatMap((name) => {
      const at = path === '' ? name : `${path}.${name}`;
      if (!(name in ours)) return [`${at} (only moto)`];
      return name in theirs ? findDifferences(ours[name], theirs[name], at) : [`${at} (only we)`];
    });
  }
  const [inOurs, inTheirs] = [parse(ours), parse(theirs)];
  if (inOurs !== undefined && inTheirs !== undefined) return findDifferences(inOurs, inTheirs, path);
  return blur(ours) === blur(theirs) ? [] : [path];
};

/** Documents in documents, such as policies. */
const parse = (value: unknown): unknown => {
  if (typeof value !== 'string' || !value.startsWith('{')) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
