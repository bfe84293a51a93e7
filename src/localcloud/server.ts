/** The local cloud as a process: one JSON line on stdout when it is ready, log lines on stderr. */
import { parseArgs } from 'node:util';
import { startCloud, type CloudOptions } from './cloud.ts';

// Whoever reads along may go away; the cloud stays.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const log = (message: string, fields: Record<string, unknown> = {}): void => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), message, ...fields })}\n`);
};

const HELP = `The local cloud: an AWS stand-in. Usage: server.js [flags]
  --port N                  AWS, registry and admin endpoint; 0 takes a free port (default)
  --ingress-http-port N     the way in over HTTP, likewise
  --ingress-https-port N    the way in over HTTPS, likewise
  --host ADDRESS            where these listen (default 127.0.0.1)
  --state-file PATH         keeps everything; without it all is forgotten
  --speed N|stepped         cloud seconds in a real one, up to 1000 (default 1), or time only on request
  --strict                  throttle buckets and quotas apply
  --data-plane on|off       off: nothing listens, for thousands of tasks
  --seed N                  the same ids and choices each time
  --block A.B               use the loopback addresses 127.A.B.*
`;

const readFlags = () =>
  parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '0' },
      'ingress-http-port': { type: 'string', default: '0' },
      'ingress-https-port': { type: 'string', default: '0' },
      'state-file': { type: 'string' },
      speed: { type: 'string', default: '1' },
      seed: { type: 'string' },
      strict: { type: 'boolean', default: false },
      'data-plane': { type: 'string', default: 'on' },
      block: { type: 'string' },
    },
  }).values;

type Flags = ReturnType<typeof readFlags>;

/** @throws Error that names the flag and what it takes */
const readOptions = (flags: Flags): CloudOptions => {
  const number = (flag: keyof Flags, least: number, most: number, isWhole = true): number => {
    const value = Number(flags[flag]);
    const isRight = value >= least && value <= most && (!isWhole || Number.isInteger(value)) && flags[flag] !== '';
    if (!isRight) throw new Error(`--${flag} takes a number from ${least} to ${most}, not ${String(flags[flag])}`);
    return value;
  };
  const port = (flag: keyof Flags): number => number(flag, 0, 65_535);
  const { 'data-plane': dataPlane, 'state-file': stateFile, speed, seed, block } = flags;
  if (dataPlane !== 'on' && dataPlane !== 'off') throw new Error(`--data-plane is on or off, not ${dataPlane}`);
  if (
    block !== undefined &&
    !/^(?!0\.0$)(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])\.(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])$/.test(block)
  )
    throw new Error(`--block takes two numbers up to 255, such as 80.12, not ${block}`);
  return {
    host: flags.host,
    port: port('port'),
    ingressHttpPort: port('ingress-http-port'),
    ingressHttpsPort: port('ingress-https-port'),
    speed: speed === 'stepped' ? 'stepped' : number('speed', 0.001, 1000, false),
    ...(seed === undefined ? {} : { seed: number('seed', 0, 2 ** 32 - 1) }),
    strict: flags.strict,
    dataPlane: dataPlane === 'on',
    ...(stateFile === undefined ? {} : { stateFile }),
    ...(block === undefined ? {} : { block }),
    log,
  };
};

try {
  const flags = readFlags();
  if (flags.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const { addresses, stop } = await startCloud(readOptions(flags));
  let isStopping = false;
  const end = (): void => {
    if (isStopping) return;
    isStopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log('the cloud did not stop cleanly', { error: String(error) });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.stdout.write(`${JSON.stringify({ ready: true, ...addresses })}\n`);
} catch (error) {
  log('the cloud did not start', { error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
