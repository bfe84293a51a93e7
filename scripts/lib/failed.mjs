/**
 * Ends a script with what went wrong and what to do about it, without a stack trace.
 * @param {unknown} error
 * @returns {never}
 */
export function failed(error) {
  const { message, hint } = /** @type {{ message: string, hint?: string }} */ (error);
  process.stderr.write(`Error: ${message}\n${hint === undefined ? '' : `Hint: ${hint}\n`}`);
  process.exit(1);
}
