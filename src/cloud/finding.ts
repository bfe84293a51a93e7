import { awsCodeOf } from './call.ts';

/** What a check before a change has found: that something is wrong, or that nobody could look. */
export type Finding = { problem: string; hint: string } | { unchecked: string };

const DENIED = /^(AccessDenied(Exception)?|UnauthorizedOperation)$/;
const NOT_SERVED = /^(UnknownOperationException|InvalidAction|NotImplemented(Exception)?)$/;

/**
 * Runs a check. One that this process may not make, or that the endpoint does not serve, finds nothing wrong: that AWS
 * does not let us look says nothing of what ECS will find.
 * @param what that is not checked then, as the warning names it
 */
export async function check(what: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    const code = awsCodeOf(error) ?? '';
    const { operation = '' } = (error as { details?: { operation?: string } }).details ?? {};
    if (DENIED.test(code)) return [{ unchecked: `${what}: AWS denies this process ${operation}` }];
    if (NOT_SERVED.test(code)) return [{ unchecked: `${what}: ${operation} is not served here` }];
    throw error;
  }
}
