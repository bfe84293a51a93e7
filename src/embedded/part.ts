import { SEARCH_ATTRIBUTES } from '../domain/ids.ts';
import type { Client } from './installation.ts';
import { distFile } from './paths.ts';
import type { Ports } from './ports.ts';
import { isTemporalReady } from './temporal-probe.ts';
import { STATE, type StateDir } from './state-dir.ts';

/** In the order in which they start; each group waits for the one before. */
export const START_ORDER = [
  ['temporal', 'cloud'],
  ['api', 'worker'],
] as const;
/** The worker lets go of what it does while everything it needs still answers. */
export const STOP_ORDER = ['worker', 'api', 'temporal', 'cloud'] as const;

export type PartName = (typeof STOP_ORDER)[number];
export const isPartName = (name: string): name is PartName => (STOP_ORDER as readonly string[]).includes(name);

export interface Part {
  name: PartName;
  file: string;
  args: string[];
  environment: NodeJS.ProcessEnv;
  /** Whether it prints `{"ready":true…}` when it is ready. */
  printsReady: boolean;
  /** Asked until it says yes, after the ready line where there is one. */
  answers?: () => Promise<boolean>;
  /** How long it may take to end when asked to. */
  stopSeconds: number;
  url: string;
}

export interface PartContext {
  state: StateDir;
  ports: Ports;
  client: Client;
  temporalFile: string;
  /** Of the local cloud's clock. */
  speed: number;
}

/** Measured: with these a sequential activity takes 7 ms instead of 101. */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=500',
  'history.timerProcessorMaxPollRPS=500',
  'history.visibilityProcessorMaxPollRPS=500',
  'system.enableActivityEagerExecution=true',
];
/** Without WAL every write waits for the disk: 100 rollouts at once take 108 s instead of 12. */
const PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL'];

export function describeParts({ state, ports, client, temporalFile, speed }: PartContext): Record<PartName, Part> {
  const environment = { ...inheritedEnvironment(), ...state.readJson<Record<string, string>>(STATE.childEnv) };
  const node = (name: 'cloud' | 'api' | 'worker', script: string, args: string[] = []) => ({
    name,
    file: process.execPath,
    args: [distFile(script), ...args],
    environment,
    printsReady: true,
  });
  return {
    temporal: {
      name: 'temporal',
      file: temporalFile,
      args: temporalArguments(ports, state.file(STATE.temporalDb)),
      environment,
      printsReady: false,
      answers: () => isTemporalReady(client.temporalAddress, SEARCH_ATTRIBUTES),
      stopSeconds: 10,
      url: client.temporalAddress,
    },
    cloud: {
      ...node('cloud', 'src/localcloud/server.js', cloudArguments(ports, state.file(STATE.cloud), speed)),
      answers: () => isOk(`${client.awsEndpointUrl}/_wonderland/health`),
      stopSeconds: 5,
      url: client.awsEndpointUrl,
    },
    api: {
      ...node('api', 'src/api/server.js'),
      answers: () => isOk(`${client.apiUrl}/healthz`),
      // It lets requests finish for 10 s.
      stopSeconds: 12,
      url: client.apiUrl,
    },
    worker: { ...node('worker', 'worker.js'), stopSeconds: 15, url: '' },
  };
}

const temporalArguments = (ports: Ports, database: string): string[] => [
  'server',
  'start-dev',
  ...flags({ ip: '127.0.0.1', port: ports.temporal, 'ui-port': ports.webUi, 'db-filename': database }),
  ...PRAGMAS.flatMap((pragma) => flags({ 'sqlite-pragma': pragma })),
  ...DYNAMIC_CONFIG.flatMap((value) => flags({ 'dynamic-config-value': value })),
  ...SEARCH_ATTRIBUTES.flatMap((name) => flags({ 'search-attribute': `${name}=Keyword` })),
];

const cloudArguments = (ports: Ports, stateFile: string, speed: number): string[] =>
  flags({
    port: ports.cloud,
    'ingress-http-port': ports.ingressHttp,
    'ingress-https-port': ports.ingressHttps,
    'state-file': stateFile,
    speed,
  });

const flags = (values: Record<string, string | number>): string[] =>
  Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** Settings of the parts that may be chosen for an embedded stack. */
const SETTINGS = new Set([
  'WONDERLAND_LOG_LEVEL',
  'WONDERLAND_DNS_WAIT_SECONDS',
  'WONDERLAND_IDLE_SECONDS',
  'WONDERLAND_TEMPORAL_BUILD_ID',
]);

/** Ours, without what would point a part at another account, server or configuration. */
const inheritedEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AWS_|TEMPORAL_|WONDERLAND_)/.test(name) || SETTINGS.has(name)),
  );

async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}
