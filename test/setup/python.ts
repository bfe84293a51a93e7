import { join } from 'node:path';
import { hasPythonTools, pythonToolsDir } from '../../scripts/lib/python.mjs';

/** A Python tool of the tests, e.g. `aws`; undefined where set-up could not install them: then skip, by name. */
export const pythonTool = (name: string): string | undefined =>
  hasPythonTools() ? join(pythonToolsDir(), 'bin', name) : undefined;
