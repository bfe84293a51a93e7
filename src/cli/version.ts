import { readFileSync } from 'node:fs';

/** Version of the package, from the nearest `package.json` above: sources and build lie at different depths. */
export function packageVersion(): string {
  for (let directory = new URL('.', import.meta.url); ; directory = new URL('..', directory)) {
    try {
      return (JSON.parse(readFileSync(new URL('package.json', directory), 'utf8')) as { version: string }).version;
    } catch (error) {
      if (directory.pathname === '/') throw error;
    }
  }
}
