import type { Issue } from '../domain/errors.ts';
import { invalid } from '../yaml-document.ts';

const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}\n$]*))?\})?/g;

/**
 * Fills `${NAME}` and `${NAME:-default}` (for unset or empty) in a text; `$${` stands for a plain `${`.
 * @throws WonderlandError `spec_invalid` with one issue per name that is missing; a value is never quoted.
 */
export function interpolate(text: string, environment: Record<string, string | undefined>, file: string): string {
  const issues: Issue[] = [];
  const filled = text.replace(REFERENCE, (match: string, name: string | undefined, fallback, offset: number) => {
    if (match === '$${') return '${';
    const fault = (message: string, hint: string) => {
      issues.push({ file, ...placeOf(text, offset), path: '', message, hint });
      return match;
    };
    if (name === undefined) {
      return fault('malformed variable', 'write ${NAME} or ${NAME:-default}; $${ stands for a plain ${');
    }
    const value = environment[name];
    if (fallback !== undefined && (value === undefined || value === '')) return fallback as string;
    if (value === undefined) {
      return fault(`the variable ${name} is not set`, `set it, or give a default as in \${${name}:-default}`);
    }
    if (/[\r\n]/.test(value)) return fault(`the variable ${name} has more than one line`, 'give it a single line');
    return value;
  });
  if (issues.length > 0) throw invalid(file, issues);
  return filled;
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
