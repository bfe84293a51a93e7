import { Agent, get } from 'node:http';
import { startTestCloud, createKit } from './cloud-kit.ts';
import { Route53Client, ListHostedZonesCommand, ChangeResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { sdkConfig } from './cloud-kit.ts';
const scale = Number(process.argv[2] ?? 4), drain = process.argv[3] !== 'off', min = Number(process.argv[4] ?? 75), max = Number(process.argv[5] ?? 100);
const cloud = await startTestCloud({ speed: 10 });
const kit = createKit(cloud.addresses.url);
const dns = await kit.balancer('web', 11000);
const r53 = new Route53Client(sdkConfig(cloud.addresses.url));
const zone = (await r53.send(new ListHostedZonesCommand({}))).HostedZones![0]!.Id!;
await r53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet: { Name: 'web.example.com', Type: 'A', AliasTarget: { HostedZoneId: 'Z32O12XQLNTSW2', DNSName: 'dualstack.' + dns, EvaluateTargetHealth: false } } }] } }));
await kit.createBehind('web', await kit.register('web', 'v1', 11000), { desiredCount: scale, deploymentConfiguration: { minimumHealthyPercent: min, maximumPercent: max } });
await kit.steady('web');
console.log('steady');
if (!drain) await kit.admin('PUT', 'settings', { connectionDraining: false });
const port = new URL(cloud.addresses.ingressHttp).port;
const keep = new Agent({ keepAlive: true, maxSockets: 8 });
let n = 0, fails = 0, stop = false; const versions: Record<string, number> = {}; const errs: Record<string, number> = {};
const once = (path: string, agent: Agent | false) => new Promise<void>((resolve) => {
  const fail = (why: string) => { fails++; errs[why] = (errs[why] ?? 0) + 1; resolve(); };
  const req = get({ host: '127.0.0.1', port, path, agent: agent as Agent, headers: { host: 'web.example.com' } }, (res) => { let b = ''; res.on('data', (d) => (b += d)); res.on('end', () => { n++; if (res.statusCode !== 200) return fail(String(res.statusCode)); const v = JSON.parse(b).version; versions[v] = (versions[v] ?? 0) + 1; resolve(); }); res.on('error', (e) => fail(e.message)); });
  req.on('error', (e) => fail(e.message));
});
const loop = async (path: string, agent: Agent | false, pause: number) => { while (!stop) { await once(path, agent); if (pause) await new Promise((r) => setTimeout(r, pause)); } };
for (;;) { const r = await fetch(cloud.addresses.ingressHttp, { headers: { host: 'web.example.com' } }).catch(() => undefined); const g: any = await new Promise((res) => get({ host: '127.0.0.1', port, path: '/', headers: { host: 'web.example.com' } }, (x) => { x.resume(); res(x.statusCode); })); if (g === 200) break; void r; await new Promise((z) => setTimeout(z, 100)); }
const loops = [loop('/', keep, 5), loop('/', keep, 5), loop('/', false, 10), loop('/', false, 10), loop('/?seconds=3', keep, 0), loop('/?seconds=3', false, 0), loop('/?seconds=3', false, 50), loop('/?seconds=1', keep, 0)];
await new Promise((r) => setTimeout(r, 500));
const t0 = Date.now();
await kit.update('web', { taskDefinition: await kit.register('web', 'v2', 11000) });
await kit.sawEvent; 
for (;;) { const s = await kit.describe('web'); if (s.deployments!.length === 1 && s.events![0]!.message!.includes('steady') && s.events!.filter((e) => e.message!.includes('steady')).length === 2) break; if (Date.now() - t0 > 100000) break; await new Promise((r) => setTimeout(r, 200)); }
const took = Date.now() - t0;
await new Promise((r) => setTimeout(r, 500)); stop = true; await Promise.all(loops);
console.log({ n, fails, versions, errs, took, cpu: process.cpuUsage() });
const ev = (await kit.describe('web')).events!.reverse(); const b = ev[0]!.createdAt!.getTime();
console.log(ev.map((e) => `${((e.createdAt!.getTime() - b) / 1000).toFixed(0)} ${e.message}`).join('\n'));
kit.close(); r53.destroy(); keep.destroy(); await cloud.stop();
