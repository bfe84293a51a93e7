import type { Client } from '@temporalio/client';
import type { Clients } from '../cloud/clients.ts';
import type { ServicePoller, TaskPoller } from '../cloud/pollers.ts';
import type { Config } from '../config.ts';
import type { Seal } from '../seal.ts';

/** What activities are given; the composition root is `worker.ts`. */
export interface Deps {
  clients: Clients;
  config: Config;
  seal: Seal;
  temporal: Client;
  /** One of each for the whole worker. */
  pollers: { services: ServicePoller; tasks: TaskPoller };
}

/** Cluster of the configuration by name; the first one when it is not configured any more. */
export const clusterConfig = ({ config }: Pick<Deps, 'config'>, name: string): Config['clusters'][number] =>
  config.clusters.find((c) => c.name === name) ?? (config.clusters[0] as Config['clusters'][number]);

/** See `Waits`. */
export const waitsOf = ({ replacement }: Config): { dnsSeconds: number; idleSeconds: number } => ({
  dnsSeconds: replacement['dns-wait-seconds'],
  idleSeconds: replacement['idle-seconds'],
});
