/** The local cloud as a process: one JSON line on stdout when it is ready, log lines on stderr. */
import { parseArgs } from 'node:util';
import { startCloud } from './cloud.ts';

// Whoever reads along may go away; the cloud stays.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const log = (message: string, fields: Record<string, unknown> = {}): void => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), message, ...fields })}\n`);
};

const { values } = parseArgs({
  options: {
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
});

const number = (flag: 'port' | 'ingress-http-port' | 'ingress-https-port' | 'speed' | 'seed'): number => {
  const value = Number(values[flag]);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${flag} has to be a number, not ${String(values[flag])}`);
};

try {
  const stateFile = values['state-file'];
  const { addresses, stop } = await startCloud({
    host: values.host,
    port: number('port'),
    ingressHttpPort: number('ingress-http-port'),
    ingressHttpsPort: number('ingress-https-port'),
    speed: values.speed === 'stepped' ? 'stepped' : number('speed'),
    ...(values.seed === undefined ? {} : { seed: number('seed') }),
    strict: values.strict,
    dataPlane: values['data-plane'] !== 'off',
    ...(stateFile === undefined ? {} : { stateFile }),
    ...(values.block === undefined ? {} : { block: values.block }),
    log,
  });
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
