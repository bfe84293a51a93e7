import { join } from 'node:path';
import { run } from '../test/setup/process.ts';
import { root, type Stack } from '../test/setup/stack.ts';
import { median } from './statistics.ts';

const RUNS = 9;

export interface Startup {
  /** Milliseconds, medians of runs that took turns. */
  bareNode: number;
  help: number;
  status: number;
}

export async function measureStartup({ env }: Stack, service: string): Promise<Startup> {
  const wl = join(root, 'bin', 'wl.js');
  const programs = { bareNode: ['-e', '0'], help: [wl, '--help'], status: [wl, 'status', service] };
  const times: Record<keyof Startup, number[]> = { bareNode: [], help: [], status: [] };
  for (let turn = 0; turn < RUNS; turn += 1) {
    for (const [name, args] of Object.entries(programs) as [keyof Startup, string[]][]) {
      const since = performance.now();
      const { code, stderr } = await run(process.execPath, args, { env });
      if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
      times[name].push(performance.now() - since);
    }
  }
  return { bareNode: median(times.bareNode), help: median(times.help), status: median(times.status) };
}
