/** DNS names as Route 53 keeps them: lower case, with the trailing dot, other characters as octal escapes. */

export const normalizeName = (name: string): string => {
  const dotted = name.endsWith('.') ? name : `${name}.`;
  return dotted
    .toLowerCase()
    .replace(/[^a-z0-9\-_.\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
};

/** `www.example.com.` → `com.example.www`: the order of ListResourceRecordSets. */
export const reversed = (name: string): string => name.replace(/\.$/, '').split('.').reverse().join('.');

export const isWithin = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`);
