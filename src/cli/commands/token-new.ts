import { createHash, randomBytes } from 'node:crypto';
import { SERVICE_NAME } from '../../domain/ids.ts';
import { WonderlandError } from '../../domain/errors.ts';
import type { Command } from '../command.ts';
import { printJson } from '../output/json.ts';

interface TokenOptions {
  name: string;
  team: string;
  admin?: boolean;
}

export const tokenNewCommand: Command<TokenOptions> = {
  name: 'token new',
  summary: 'Make an API token and its entry for the configuration.',
  description: 'The token is shown this once; the configuration keeps only its SHA-256. Nothing is stored or sent.',
  arguments: [],
  options: [
    { flags: '--name <name>', description: 'who or what uses it', required: true },
    { flags: '--team <team>', description: 'the team it speaks for', required: true },
    { flags: '--admin', description: "may change other teams' services too" },
  ],
  formats: ['text', 'json'],
  usesApi: false,
  examples: ['wl token new --name ci --team werkzeugschmiede', 'wl token new --name ops --team platform --admin'],
  async run({ io, format }, _, { name, team, admin = false }) {
    if (name.trim() === '' || /[\p{Cc}]/u.test(name))
      throw new WonderlandError('usage', 'The name must be plain text', { hint: 'Write e.g. --name ci.' });
    if (!SERVICE_NAME.test(team)) {
      throw new WonderlandError('usage', `"${team}" cannot be the name of a team`, {
        hint: 'A name has 2 to 21 lower-case letters, digits and dashes, and begins with a letter.',
      });
    }
    const token = `wl_${randomBytes(32).toString('base64url')}`;
    const entry = { name, sha256: createHash('sha256').update(token).digest('hex'), team, admin };
    if (format === 'json') printJson(io, { token, entry });
    else {
      io.out(token);
      io.out('');
      io.out('tokens:');
      io.out(`  - name: ${JSON.stringify(name)}`);
      io.out(`    sha256: ${entry.sha256}`);
      io.out(`    team: ${team}`);
      io.out(`    admin: ${admin}`);
      io.err('Keep the token now, it is not shown again; add the entry to wonderland.config.yaml.');
    }
    return 0;
  },
};
