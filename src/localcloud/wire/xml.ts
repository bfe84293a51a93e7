const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' };

export const escapeXml = (text: string): string => text.replace(/[&<>"\r]/g, (c) => escapes[c] ?? c);

/** Name of the elements of the list `key`. */
export type ElementName = (key: string) => string;

const scalar = (value: unknown): string => escapeXml(value instanceof Date ? value.toISOString() : String(value));

/** `<name>value</name>`; nothing at all for undefined and null. */
export const writeXml = (name: string, value: unknown, elementName: ElementName): string => {
  if (value === undefined || value === null) return '';
  return `<${name}>${content(name, value, elementName)}</${name}>`;
};

const content = (name: string, value: unknown, elementName: ElementName): string => {
  if (Array.isArray(value)) return value.map((item) => writeXml(elementName(name), item, elementName)).join('');
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => writeXml('entry', { key, value: item as unknown }, elementName));
    return entries.join('');
  }
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    return writeMembers(value as Record<string, unknown>, elementName);
  }
  return scalar(value);
};

/** The members of an object, one element each. */
export const writeMembers = (value: Record<string, unknown>, elementName: ElementName): string =>
  Object.entries(value)
    .map(([key, member]) => writeXml(key, member, elementName))
    .join('');
