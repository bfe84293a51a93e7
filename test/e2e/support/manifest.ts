import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Stack } from '../../setup/stack.ts';

/** What a test wants of a manifest; everything else is chosen so that a rollout is quick. */
export interface ManifestWant {
  /** Also the first label of its domain below example.com. */
  service: string;
  /** @default v1 */
  tag?: string;
  /** One of those the local cloud's registry knows. @default web */
  repository?: string;
  /** @default 1 */
  scale?: number;
  env?: Record<string, string>;
  /** Path of the health check. @default /health */
  path?: string;
  domain?: string;
  /** Without an endpoint there is no load balancer. @default true */
  endpoint?: boolean;
  /** Seconds until every task has to be in service. @default 180 */
  timeout?: number;
  /** Seconds in which something has to move on. @default the timeout */
  progressTimeout?: number;
  /** Cloud seconds in which a task may fail its health checks. @default 20 */
  graceSeconds?: number;
  /** Percent of `scale` that serves at any time. @default 50 */
  minimumHealthy?: number;
  /** Stopped tasks, or failed placements, of one cause that end a rollout. @default 3 */
  failures?: number;
  /** MiB of a task. @default that of size XS */
  memory?: number;
  /** More keys of the top level. */
  more?: Record<string, unknown>;
}

export const domainOf = (service: string): string => `${service}.example.com`;

export function manifestOf(want: ManifestWant): string {
  const { service, tag = 'v1', repository = 'web', scale = 1, env, endpoint = true } = want;
  const {
    path = '/health',
    domain = domainOf(service),
    timeout = 180,
    progressTimeout,
    graceSeconds = 20,
    minimumHealthy,
    failures,
    memory,
    more,
  } = want;
  const healthcheck = { path, interval: 5, timeout: 3, healthy: 2, unhealthy: 2, 'grace-period': graceSeconds };
  return stringify({
    scale,
    components: [
      {
        name: repository,
        image: `registry.example.com/${repository}:${tag}`,
        ...(env && { env }),
        ...(memory !== undefined && { capacity: { memory } }),
      },
    ],
    ...(endpoint && { endpoint: { domain, port: 80, 'load-balancer': { healthcheck } } }),
    deployment: {
      timeout,
      settle: 1,
      ...(progressTimeout !== undefined && { 'progress-timeout': progressTimeout }),
      ...(minimumHealthy !== undefined && { 'minimum-healthy': minimumHealthy }),
      ...(failures !== undefined && { failures }),
    },
    ...more,
  });
}

let written = 0;

/** Writes a manifest where `wl -f` finds it, and answers the path. */
export function writeManifest({ stateDir }: Stack, text: string): string {
  const directory = join(stateDir, 'manifests', String((written += 1)));
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'wonderland.yaml');
  writeFileSync(file, text);
  return file;
}
