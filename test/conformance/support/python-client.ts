/** boto3 and the aws CLI, each in a Python process of its own that performs call after call. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sdkConfig } from '../../localcloud/cloud-kit.ts';
import type { Client, Outcome } from './case.ts';

const AGENT = fileURLToPath(new URL('agent.py', import.meta.url));

/** What Python needs to know of the cloud, and nothing of the machine. */
export const pythonEnvironment = (url: string): NodeJS.ProcessEnv => {
  const { credentials, region } = sdkConfig(url);
  return {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: url,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_CONFIG_FILE: fileURLToPath(new URL('aws-config', import.meta.url)),
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    PYTHONDONTWRITEBYTECODE: '1',
  };
};

export const createPythonClient = (python: string, kind: 'boto3' | 'awscli', url: string): Client => {
  const child = spawn(python, [AGENT, kind], { env: pythonEnvironment(url), stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { resolve(outcome: Outcome): void; reject(error: Error): void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line) as Outcome));
  child.once('close', (code) => {
    for (const { reject } of waiting) reject(new Error(`${kind} ended with ${code}`));
  });
  return {
    perform: (service, operation, params) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify({ service, operation, params })}\n`);
      }),
    close: () => child.stdin.end(),
  };
};
