import { createHash, randomBytes } from 'node:crypto';
import { stringify } from 'yaml';
import type { Ports } from './ports.ts';
import { STATE, type StateDir } from './state-dir.ts';

const TEAMS = ['werkzeugschmiede', 'holzwerkstatt'] as const;
const REGION = 'eu-west-1';
/** The local cloud takes any; an AWS SDK insists on having some. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIAWONDERLANDLOCAL1', AWS_SECRET_ACCESS_KEY: 'local-secret-key' };

type Tokens = Record<(typeof TEAMS)[number] | 'admin', string>;

interface Secrets {
  sealingKey: string;
  tokens: Tokens;
}

/** What `wl` and tests read to find the stack: `client.json`. */
export interface Client {
  apiUrl: string;
  /** Of the team werkzeugschmiede. */
  token: string;
  tokens: Tokens;
  ingressUrl: string;
  ingressHttpsUrl: string;
  awsEndpointUrl: string;
  temporalAddress: string;
  webUiUrl: string;
}

/** Writes the configuration of all parts, for these ports. Tokens and the sealing key stay as they were. */
export function writeInstallation(state: StateDir, ports: Ports): Client {
  const secrets = state.readJson<Secrets>(STATE.secrets) ?? createSecrets();
  const client = describeClient(ports, secrets.tokens);
  state.writeJson(STATE.secrets, secrets);
  state.write(
    STATE.config,
    `# Written by \`wl local start\`, anew each time.\n${stringify(configFor(client, secrets, ports))}`,
  );
  state.writeJson(STATE.client, client);
  state.writeJson(STATE.childEnv, { ...CREDENTIALS, AWS_REGION: REGION, WONDERLAND_CONFIG: state.file(STATE.config) });
  return client;
}

/**
 * Shell variables with which AWS SDKs, the aws CLI, the temporal CLI and `wl` find the stack, and one more worker or API
 * process its configuration.
 */
export const shellVariables = (state: StateDir, client: Client): Record<string, string> => ({
  AWS_ENDPOINT_URL: client.awsEndpointUrl,
  ...CREDENTIALS,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  TEMPORAL_ADDRESS: client.temporalAddress,
  WL_API_URL: client.apiUrl,
  WL_TOKEN: client.token,
  WL_INGRESS_URL: client.ingressUrl,
  WL_INGRESS_HTTPS_URL: client.ingressHttpsUrl,
  WONDERLAND_CONFIG: state.file(STATE.config),
});

const describeClient = (ports: Ports, tokens: Tokens): Client => ({
  apiUrl: `http://127.0.0.1:${ports.api}`,
  token: tokens.werkzeugschmiede,
  tokens,
  ingressUrl: `http://127.0.0.1:${ports.ingressHttp}`,
  ingressHttpsUrl: `https://127.0.0.1:${ports.ingressHttps}`,
  awsEndpointUrl: `http://127.0.0.1:${ports.cloud}`,
  temporalAddress: `127.0.0.1:${ports.temporal}`,
  webUiUrl: `http://127.0.0.1:${ports.webUi}`,
});

const configFor = (client: Client, { sealingKey, tokens }: Secrets, ports: Ports) => ({
  environment: 'local',
  region: REGION,
  'aws-endpoint-url': client.awsEndpointUrl,
  clusters: [{ name: 'crims' }],
  'hosted-zones': [{ name: 'example.com' }],
  teams: [...TEAMS],
  tokens: [
    { name: 'admin', sha256: sha256(tokens.admin), team: TEAMS[0], admin: true },
    ...TEAMS.map((team) => ({ name: team, sha256: sha256(tokens[team]), team })),
  ],
  'sealing-key': sealingKey,
  // The local cloud has it at first, with the right to read every secret.
  'execution-role-arn': 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole',
  temporal: { address: client.temporalAddress, 'web-ui-url': client.webUiUrl },
  api: { host: '127.0.0.1', port: ports.api },
  registry: { 'endpoint-url': client.awsEndpointUrl },
  integrations: { 'datadog-url': `${client.awsEndpointUrl}/_wonderland/sink/datadog` },
});

const createSecrets = (): Secrets => ({
  sealingKey: randomBytes(32).toString('base64'),
  tokens: { werkzeugschmiede: createToken(), holzwerkstatt: createToken(), admin: createToken() },
});

const createToken = (): string => `wl_${randomBytes(32).toString('base64url')}`;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
