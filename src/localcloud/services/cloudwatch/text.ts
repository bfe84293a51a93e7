/** Numbers and times as CloudWatch writes them inside texts and JSON: it is a Java service, and parsers rely on that. */

/** `Double.toString`: 50 is `50.0`, ten million `1.0E7`. */
export const javaDouble = (value: number): string => {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e7)) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
};

/** `2026-01-01T00:00:00.000+0000` */
export const longTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('Z', '+0000');

/** `31/01/26 12:00:00` */
export const shortTime = (milliseconds: number): string => {
  const [date = '', time = ''] = new Date(milliseconds).toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
};

/** A number that JSON shows as Java would. */
export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** JSON without blanks; `undefined` members are left out. */
export const javaJson = (value: unknown): string => {
  if (value instanceof Double) return javaDouble(value.value);
  if (Array.isArray(value)) return `[${value.map(javaJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, one]) => one !== undefined);
    return `{${members.map(([name, one]) => `${JSON.stringify(name)}:${javaJson(one)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
};
