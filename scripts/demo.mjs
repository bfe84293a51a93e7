// npm run demo: a service is created, then rolled to its next version, on the whole platform on this machine.
// On a terminal the platform stays up until Ctrl-C; otherwise it is stopped, and nothing is left behind.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from './lib/demo-stack.mjs';
import { failed } from './lib/failed.mjs';
import { request } from './lib/request.mjs';
import { root } from './lib/root.mjs';

const SPEED = 2;
const DOMAIN = 'autoscaler.example.com';
const manifest = join('examples', 'wonderland-autoscaler', 'wonderland.yaml');

const scratch = mkdtempSync(join(tmpdir(), 'wonderland-demo-'));

await demo()
  .finally(() => rmSync(scratch, { recursive: true, force: true }))
  .catch(failed);

async function demo() {
  say(`This demo runs everything on this machine; the clock of its local AWS runs at speed ${SPEED}.`);
  const stack = await startStack(join(scratch, 'state'), SPEED);
  try {
    say('Creating the service');
    await stack.wl('deploy', 'autoscaler', '-f', manifest);
    await show(stack.ingressUrl);

    say('Rolling it to the next version: the same manifest with another image tag');
    await stack.wl('deploy', 'autoscaler', '-f', nextVersion());
    await show(stack.ingressUrl);

    say('What runs now');
    await stack.wl('status', 'autoscaler');
    if (process.stdin.isTTY && process.stdout.isTTY) await stack.untilInterrupted();
  } finally {
    await stack.stop();
  }
}

/** Requests come in through the ingress, which finds the balancer by the service's DNS record. @param {string} ingress */
async function show(ingress) {
  const { status, body } = await request(`${ingress}/v1/health`, DOMAIN);
  const { service, version } = JSON.parse(body);
  console.log(`\n$ curl -H 'Host: ${DOMAIN}' ${ingress}/v1/health`);
  console.log(`HTTP ${status}, answered by ${service}, version ${version}`);
}

function nextVersion() {
  const text = readFileSync(join(root, manifest), 'utf8');
  const file = join(scratch, 'wonderland.yaml');
  writeFileSync(file, text.replace(/(image: .*:v1\.0\.)3\b/, '$14'));
  return file;
}

/** @param {string} line */
function say(line) {
  console.log(`\n# ${line}`);
}
