// Writes what is generated from the code: `npm run generate`. A test fails when a file is stale.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openApiDocument } from '../src/api/openapi.ts';
import { cliMarkdown } from './lib/cli-markdown.ts';
import { configMarkdown } from './lib/config-markdown.ts';
import { errorsMarkdown } from './lib/errors-markdown.ts';
import { iamPolicy } from './lib/iam-policy.ts';
import { localCloudMarkdown } from './lib/local-cloud-markdown.ts';
import { scenariosMarkdown } from './lib/scenarios-markdown.ts';
import { manifestJsonSchema } from '../src/manifest/json-schema.ts';

const json = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;

/** Text of every generated file, by its path in the repository. */
export const generatedFiles = (): Record<string, string> => ({
  'schema/wonderland.schema.json': json(manifestJsonSchema()),
  'schema/openapi.json': json(openApiDocument()),
  'docs/errors.md': errorsMarkdown(),
  'docs/cli.md': cliMarkdown(),
  'docs/configuration.md': configMarkdown(),
  'docs/scenarios.md': scenariosMarkdown(),
  'docs/local-cloud-operations.md': localCloudMarkdown(),
  'docs/iam-policy.json': json(iamPolicy()),
});

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [path, text] of Object.entries(generatedFiles())) {
    const file = new URL(`../${path}`, import.meta.url);
    mkdirSync(dirname(file.pathname), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`${path}\n`);
  }
}
