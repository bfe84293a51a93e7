import { pino, type Logger } from 'pino';

export type { Logger };

/** JSON lines on stdout; keys that carry secrets are never printed. */
export const createLogger = (part: string): Logger =>
  pino({
    name: part,
    level: process.env.WONDERLAND_LOG_LEVEL ?? 'info',
    redact: {
      paths: ['*.authorization', '*.token', 'token', 'authorization', '*.env', 'env', '*.manifest', 'manifest'],
      censor: '[redacted]',
    },
    base: { part, pid: process.pid },
  });
