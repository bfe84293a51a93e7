/**
 * The cluster query language: which container instances an expression selects. AWS matches patterns as Java does, over
 * the whole value; where its rules are not written down an absent attribute equals nothing and is in no list.
 */
import { invalid } from './input.ts';
import { readExpression, type Comparison, type Expression } from './query-parser.ts';

/** An instance as expressions see it. */
export interface Subject {
  attributes: readonly { name: string; value?: string }[];
  ec2InstanceId: string;
  agentConnected: boolean;
  agentVersion: string;
  /** Milliseconds since the epoch. */
  registeredAt: number;
  runningTasksCount(): number;
  /** Groups of the tasks that are on it and not STOPPED. */
  taskGroups(): ReadonlySet<string>;
}

export type Query = (subject: Subject) => boolean;

const LONGEST = 2000;

/** Numbers as numbers, versions part by part, everything else as text. */
const compare = (a: string, b: string): number => {
  const left = a.split('.');
  const right = b.split('.');
  const isNumeric = [...left, ...right].every((part) => /^\d+$/.test(part));
  if (!isNumeric) return a < b ? -1 : a > b ? 1 : 0;
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = Number(left[i] ?? 0) - Number(right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

const isOrdered = (operator: Comparison['operator'], order: number): boolean =>
  (operator === '>' && order > 0) ||
  (operator === '>=' && order >= 0) ||
  (operator === '<' && order < 0) ||
  (operator === '<=' && order <= 0);

const holds = ({ operator, values, pattern }: Comparison, actual: string | undefined): boolean => {
  switch (operator) {
    case 'exists':
      return actual !== undefined;
    case '!exists':
      return actual === undefined;
    case '==':
    case 'in':
      return actual !== undefined && values.includes(actual);
    case '!=':
    case '!in':
      return actual === undefined || !values.includes(actual);
    case '=~':
      return actual !== undefined && pattern?.test(actual) === true;
    case '!~':
      return actual === undefined || pattern?.test(actual) !== true;
    default:
      return actual !== undefined && isOrdered(operator, compare(actual, values[0] ?? ''));
  }
};

const ofAttribute =
  (comparison: Comparison, name: string): Query =>
  ({ attributes }) => {
    const found = attributes.find((attribute) => attribute.name === name);
    return holds(comparison, found && (found.value ?? ''));
  };

/** Any of the instance's groups; with a negative operator none of them. */
const ofGroup =
  (comparison: Comparison): Query =>
  (subject) => {
    const groups = [...subject.taskGroups()];
    const isNegative = comparison.operator.startsWith('!');
    if (comparison.operator === 'exists') return groups.length > 0;
    if (comparison.operator === '!exists') return groups.length === 0;
    return isNegative
      ? groups.every((group) => holds(comparison, group))
      : groups.some((group) => holds(comparison, group));
  };

/** A date, or a date and time, in UTC unless it says otherwise. */
const readTime = (text: string): string => {
  const isLocal = text.includes('T') && !/(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  const time = Date.parse(isLocal ? `${text}Z` : text);
  if (Number.isNaN(time)) throw invalid(`Invalid expression: '${text}' is no date.`);
  return String(time);
};
const ofTime = (comparison: Comparison): Query => {
  const values = comparison.values.map(readTime);
  return ({ registeredAt }) => holds({ ...comparison, values }, String(registeredAt));
};

const ofComparison = (comparison: Comparison): Query => {
  const { subject } = comparison;
  if (subject.startsWith('attribute:')) return ofAttribute(comparison, subject.slice('attribute:'.length));
  switch (subject) {
    case 'task:group':
      return ofGroup(comparison);
    case 'ec2InstanceId':
      return ({ ec2InstanceId }) => holds(comparison, ec2InstanceId);
    case 'agentConnected':
      return ({ agentConnected }) => holds(comparison, String(agentConnected));
    case 'agentVersion':
      return ({ agentVersion }) => holds(comparison, agentVersion);
    case 'runningTasksCount':
      return ({ runningTasksCount }) => holds(comparison, String(runningTasksCount()));
    case 'registeredAt':
      return ofTime(comparison);
    default:
      throw invalid(`Invalid expression: unknown subject ${subject}.`);
  }
};

const ofExpression = (expression: Expression): Query => {
  switch (expression.kind) {
    case 'comparison':
      return ofComparison(expression);
    case 'not': {
      const query = ofExpression(expression.of);
      return (subject) => !query(subject);
    }
    default: {
      const queries = expression.of.map(ofExpression);
      return expression.kind === 'and'
        ? (subject) => queries.every((query) => query(subject))
        : (subject) => queries.some((query) => query(subject));
    }
  }
};

/** @throws InvalidParameterException what AWS would not take as an expression. */
export const readQuery = (text: string): Query => {
  if (text.length > LONGEST) throw invalid(`Expression is too long: at most ${LONGEST} characters are allowed.`);
  return ofExpression(readExpression(text));
};
