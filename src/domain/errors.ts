/** One row of the closed error table: how a code shows at each border. */
interface ErrorKind {
  /** HTTP status of a problem document with this code. */
  status: number;
  /** Exit code of `wl`. */
  exit: number;
  /** Whether Temporal may try the activity again. */
  retryable: boolean;
  /** Expected in normal operation: logged quietly, not counted as a fault. */
  benign: boolean;
  summary: string;
}

const kind = (status: number, exit: number, summary: string, more: Partial<ErrorKind> = {}): ErrorKind => ({
  status,
  exit,
  retryable: false,
  benign: false,
  summary,
  ...more,
});

export const ERRORS = {
  usage: kind(400, 2, 'A flag, an argument or a request is wrong.'),
  spec_invalid: kind(422, 3, 'The manifest or the configuration is invalid; every issue names file, line and column.'),
  image_not_found: kind(422, 3, 'The registry does not know the image tag.'),
  not_supported_yet: kind(
    422,
    3,
    'The manifest uses a key that has no effect yet, or asks for a change that cannot be made yet.',
  ),
  unauthenticated: kind(401, 4, 'The token is missing or unknown.'),
  forbidden: kind(403, 4, 'The token is good, but not for this.'),
  not_found: kind(404, 5, 'What was named does not exist.'),
  conflict: kind(409, 6, 'It already exists with another content, or belongs to somebody else.'),
  locked: kind(409, 6, 'Another change of the service is running.'),
  precondition_failed: kind(412, 6, 'Something that the change needs is missing or different.'),
  superseded: kind(409, 6, 'A newer change of the service took its place in the queue.', { benign: true }),
  deploy_failed_rolled_back: kind(200, 7, 'The new revision failed; what ran before serves again.'),
  cancelled: kind(409, 7, 'A person cancelled the change; what it had changed is put back.', { benign: true }),
  deploy_failed: kind(200, 8, 'The new revision failed and could not be put back: somebody has to look.'),
  lock_lost: kind(409, 8, "The change's lock was ended by hand; nothing more was written."),
  rate_limited: kind(429, 9, 'Too many calls; try again later.', { retryable: true, benign: true }),
  unavailable: kind(503, 9, 'A part of the platform does not answer.', { retryable: true }),
  upstream: kind(502, 9, 'AWS answered with an error.', { retryable: true }),
  capacity: kind(503, 9, 'No instance has room.'),
  timeout: kind(504, 124, 'The wait ended; the change itself goes on.', { retryable: true }),
  internal: kind(500, 1, 'A bug in Wonderland.'),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(ERRORS, value);

/** One thing wrong with a file: where, what, and what was probably meant. */
export interface Issue {
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
  /** Dotted path into the document, e.g. `components.0.image`; empty for the document itself. */
  path: string;
  message: string;
  hint?: string;
}

export interface ErrorOptions {
  hint?: string;
  /** Structured facts for machines; never a secret. */
  details?: Record<string, unknown>;
  issues?: Issue[];
  cause?: unknown;
}

/** The only error class users meet. Branch on `code`, never on `instanceof`, across a process or sandbox line. */
export class WonderlandError extends Error {
  override readonly name = 'WonderlandError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown> | undefined;
  readonly issues: Issue[] | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
    this.issues = options.issues;
  }
}

/** True for a WonderlandError of any realm. */
export const isWonderlandError = (error: unknown): error is WonderlandError =>
  error instanceof Error && error.name === 'WonderlandError' && isErrorCode((error as { code?: unknown }).code);

/** `wonderland.yaml:6:5 components.0: unknown key "memroy", did you mean "memory"?` */
export const formatIssue = ({ file, line, column, path, message, hint }: Issue): string =>
  `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}${hint === undefined ? '' : `, ${hint}`}`;
