import { Composer, isAlias, isMap, isPair, isScalar, isSeq, Lexer, LineCounter, Parser, visit } from 'yaml';
import type { Document, Node, Pair, ParsedNode, YAMLError } from 'yaml';
import type { z } from 'zod';
import { type Issue, WonderlandError } from './domain/errors.ts';
import { describeZodIssue, zodMessage } from './yaml-issues.ts';

const MAX_BYTES = 256 * 1024;
/** Composing recurses; deeper texts would exhaust the stack, which no `catch` survives. */
const MAX_DEPTH = 100;
/** How many nodes aliases may add, as `maxAliasCount` of the yaml package counts them. */
const MAX_ALIASES = 100;
const MAX_ISSUES = 50;

export type Path = readonly (string | number)[];

/** A YAML text whose values know where they stand. */
export interface YamlSource {
  /** Plain data. */
  readonly value: unknown;
  /** An issue at the value of `path`, or at one `key` of it; where that is missing, at the nearest parent. */
  issue(path: Path, message: string, options?: { hint?: string; key?: string }): Issue;
  /**
   * The value, checked and with its defaults filled in.
   * @throws WonderlandError `spec_invalid` with one issue per fault.
   */
  check<T>(schema: z.ZodType<T>): T;
}

/**
 * Reads one YAML document and checks it.
 * @throws WonderlandError `spec_invalid` with one issue per fault, each with file, line and column; nothing else.
 */
export const parseYamlDocument = <T>(schema: z.ZodType<T>, text: string, file: string): T =>
  openYamlDocument(text, file).check(schema);

/** @throws WonderlandError `spec_invalid` when the text is no single, sane YAML document. */
export function openYamlDocument(text: string, file: string): YamlSource {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) {
    throw invalid(file, [
      whole(file, `the file has ${Math.ceil(bytes / 1024)} KiB, more than the ${MAX_BYTES / 1024} KiB allowed`),
    ]);
  }
  const lines = new LineCounter();
  const document = compose(text, file, lines);
  const place: Place = (offset) => {
    const { line, col } = lines.linePos(Math.max(offset, 0));
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    throw invalid(
      file,
      faults.map((fault) => ({ ...place(fault.pos[0]), path: '', message: `not valid YAML: ${wordsFor(fault)}` })),
    );
  }
  const badKeys = keyFaults(document, place);
  if (badKeys.length > 0) throw invalid(file, badKeys);
  const issue: YamlSource['issue'] = (path, message, { hint, key } = {}) => ({
    ...place(offsetOf(document, path, key)),
    path: path.join('.'),
    message,
    ...(hint !== undefined && { hint }),
  });
  const value = toPlainData(document, file, place);
  return { value, issue, check: (schema) => check(schema, value, { file, issue }) };
}

function compose(text: string, file: string, lines: LineCounter): Document<ParsedNode> {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  const tokens = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) {
      const { line, col } = lines.linePos(parser.offset);
      throw invalid(file, [
        { ...whole(file, `nested deeper than ${MAX_DEPTH} levels`), line, column: Math.max(col, 1) },
      ]);
    }
  }
  tokens.push(...parser.end());
  // Keys are compared below, in linear time: the package compares every key with every other.
  const composer = new Composer<ParsedNode>({ prettyErrors: false, uniqueKeys: false, merge: false });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (second !== undefined) {
    const { line, col } = lines.linePos(second.range[0]);
    throw invalid(file, [
      { ...whole(file, 'a second document begins here; the file must hold one'), line, column: col },
    ]);
  }
  if (document === undefined || document.contents === null || isEmptyScalar(document.contents)) {
    throw invalid(file, [whole(file, 'the document is empty')]);
  }
  return document;
}

/** The package quotes the text in some messages; it may be a password that begins with a special character. */
function wordsFor({ code, message }: YAMLError): string {
  if (code === 'TAG_RESOLVE_FAILED') return 'a tag that is not known; a text that begins with ! needs quotes';
  if (code === 'BAD_DIRECTIVE') return 'a directive that is not known';
  return code === 'UNEXPECTED_TOKEN' ? message.replace(/: .*$/s, '') : message;
}

function toPlainData(document: Document<ParsedNode>, file: string, place: Place): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const unresolved = error instanceof Error && error.message.startsWith('Unresolved alias');
    throw invalid(file, [
      unresolved ? unresolvedAlias(document, place) : whole(file, `aliases repeat more than ${MAX_ALIASES} nodes`),
    ]);
  }
}

function unresolvedAlias(document: Document<ParsedNode>, place: Place): Issue {
  const message = 'an alias names no anchor before it; a text that begins with * needs quotes';
  const issue: Issue = { ...place(0), path: '', message };
  visit(document, {
    Alias(_, alias, ancestors) {
      if (alias.resolve(document) !== undefined) return undefined;
      Object.assign(issue, place(startOf(alias) ?? 0), { path: pathOf(ancestors, alias) });
      return visit.BREAK;
    },
  });
  return issue;
}

function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
  { file, issue }: { file: string; issue: YamlSource['issue'] },
): T {
  const result = schema.safeParse(value, { error: zodMessage });
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap((fault) =>
    describeZodIssue(schema, value, fault).map(({ path, message, ...options }) => issue(path, message, options)),
  );
  throw invalid(file, faults);
}

const whole = (file: string, message: string): Issue => ({ file, line: 1, column: 1, path: '', message });

/** The error for a file with these issues, in the order in which they stand in it. */
export function invalid(file: string, issues: Issue[]): WonderlandError {
  const ordered = issues.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, MAX_ISSUES);
  const count = issues.length === 1 ? 'one fault' : `${issues.length} faults`;
  const shown = issues.length > MAX_ISSUES ? `, the first ${MAX_ISSUES} follow` : '';
  return new WonderlandError('spec_invalid', `${file} has ${count}${shown}`, {
    hint: 'Correct the file at the places named, then try again.',
    issues: ordered,
  });
}

type Place = (offset: number) => Pick<Issue, 'file' | 'line' | 'column'>;

/** Keys that plain data cannot carry: the same one twice, a list or an alias as key, and `__proto__`. */
function keyFaults(document: Document<ParsedNode>, place: Place): Issue[] {
  const issues: Issue[] = [];
  visit(document, {
    Map(_, map, ancestors) {
      const lineOf = new Map<unknown, number>();
      for (const { key } of map.items) {
        const where = place(startOf(key) ?? startOf(map) ?? 0);
        const fault = (message: string, hint?: string) =>
          issues.push({ ...where, path: pathOf(ancestors, map), message, ...(hint !== undefined && { hint }) });
        if (!isScalar(key)) fault('a key must be plain text');
        else if (key.value === '__proto__') fault('the key "__proto__" is not allowed');
        else {
          const first = lineOf.get(String(key.value));
          if (first === undefined) lineOf.set(String(key.value), where.line);
          else fault(`duplicate key "${String(key.value)}"`, `it is already set in line ${first}`);
        }
      }
    },
  });
  return issues;
}

/** Dotted path of the node visited below these ancestors. */
function pathOf(ancestors: readonly (Document | Node | Pair)[], node: Node): string {
  const steps: (string | number)[] = [];
  for (const [index, ancestor] of ancestors.entries()) {
    if (isSeq(ancestor)) steps.push(ancestor.items.indexOf(ancestors[index + 1] ?? node));
    else if (isPair(ancestor) && isScalar(ancestor.key)) steps.push(String(ancestor.key.value));
  }
  return steps.join('.');
}

/** Where the value of `path` (or the key `key` in it) begins; where it is missing, its nearest parent. */
function offsetOf(document: Document<ParsedNode>, path: Path, wantedKey?: string): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const step of path) {
    const found = childOf(document, node, step);
    if (found === undefined) return offset;
    node = found.value;
    offset = startOf(isEmptyScalar(node) ? (found.key ?? node) : node) ?? offset;
  }
  return wantedKey === undefined ? offset : (startOf(childOf(document, node, wantedKey)?.key) ?? offset);
}

function childOf(
  document: Document<ParsedNode>,
  node: unknown,
  step: string | number,
): { key?: unknown; value: unknown } | undefined {
  const parent = isAlias(node) ? node.resolve(document) : node;
  if (isMap(parent)) return parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return isSeq(parent) ? { value: parent.items[Number(step)] } : undefined;
}

const startOf = (node: unknown): number | undefined => (node as { range?: [number] } | null)?.range?.[0];

/** A value that was left out, as in `scale:`. */
const isEmptyScalar = (node: unknown): boolean => node === null || (isScalar(node) && node.source === '');
