/** Filter patterns for space-delimited events: `[ip, user, ..., status = 4*, bytes > 1000]`. */
import { badParameter } from '../store.ts';
import { parseExpression, type Condition } from './expression.ts';

/** Text in brackets or quotation marks is one field. */
const FIELD = /\[([^\]]*)\]|"([^"]*)"|(\S+)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_-]*/;

interface Field {
  name: string;
  holds: Condition;
}

const readField = (text: string): Field => {
  const name = NAME.exec(text)?.[0];
  if (name === undefined) throw badParameter(`Invalid filter pattern: '${text}' names no field.`);
  const holds = parseExpression(text, {
    areTextsNumbers: true,
    mayStandAlone: true,
    isName: (token) => token === name,
  });
  return { name, holds };
};

/** `text` without its brackets. */
export const compileFieldsPattern = (text: string): ((message: string) => boolean) => {
  const parts = text.split(',').map((part) => part.trim());
  const open = parts.indexOf('...');
  if (open !== parts.lastIndexOf('...')) throw badParameter('Invalid filter pattern: more than one ellipsis.');
  const before = (open < 0 ? parts : parts.slice(0, open)).map(readField);
  const after = open < 0 ? [] : parts.slice(open + 1).map(readField);
  return (message) => {
    const values = [...message.matchAll(FIELD)].map(
      ([, inBrackets, inQuotes, plain]) => inBrackets ?? inQuotes ?? plain ?? '',
    );
    if (values.length < before.length + after.length) return false;
    const fits = ({ name, holds }: Field, value: string | undefined): boolean =>
      holds((wanted) => (wanted === name && value !== undefined ? [value] : undefined));
    // Without an ellipsis the last field takes what is left.
    const last = open < 0 ? values.slice(before.length - 1).join(' ') : undefined;
    return (
      before.every((field, i) => fits(field, last !== undefined && i === before.length - 1 ? last : values[i])) &&
      after.every((field, i) => fits(field, values[values.length - after.length + i]))
    );
  };
};
