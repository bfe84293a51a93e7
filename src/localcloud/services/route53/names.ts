/** DNS names as Route 53 keeps them: lower case, with the trailing dot, other characters as octal escapes. */
import { AwsError } from '../../engine/contract.ts';

const LONGEST_NAME = 255;
const LONGEST_LABEL = 63;

export const normalizeName = (name: string): string => {
  const dotted = name.endsWith('.') ? name : `${name}.`;
  return dotted
    .toLowerCase()
    .replace(/[^a-z0-9\-_.\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
};

/**
 * `www.example.com.` → `com.example.www.`: what lists are ordered by. The dot at the end counts, and escaped characters
 * count as what they stand for.
 */
export const reversed = (name: string): string =>
  `${name
    .replace(/\.$/, '')
    .replace(/\\(\d{3})/g, (_escape, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
    .split('.')
    .reverse()
    .join('.')}.`;

export const isWithin = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`);

const lengthOf = (label: string): number => label.replace(/\\\d{3}/g, '.').length;

/** Why DNS cannot hold a record's name; undefined when it can. Route 53 is known to speak so of labels, of whole names it is our guess. */
export const objectToName = (name: string): string | undefined => {
  const whole = name.slice(0, -1);
  const labels = whole.split('.');
  const long = labels.find((label) => lengthOf(label) > LONGEST_LABEL);
  if (long !== undefined) return fatal('DomainLabelTooLong', 'Domain label is too long', long);
  if (labels.includes('')) return fatal('DomainLabelEmpty', 'Domain label is empty', whole);
  return lengthOf(name) > LONGEST_NAME ? fatal('DomainTooLong', 'Domain name is too long', whole) : undefined;
};

const fatal = (problem: string, why: string, text: string): string =>
  `FATAL problem: ${problem} (${why}) encountered with '${text}'`;

/** The name of a zone to be. @throws InvalidDomainName */
export const readZoneName = (text: string): string => {
  const name = normalizeName(text);
  const labels = name.slice(0, -1).split('.');
  const isWrong = labels.some((label) => label === '' || label.length > LONGEST_LABEL || !/^[a-z0-9_-]+$/.test(label));
  if (isWrong || name.length > LONGEST_NAME) {
    throw new AwsError('InvalidDomainName', `${text} is not a valid domain name`);
  }
  return name;
};
