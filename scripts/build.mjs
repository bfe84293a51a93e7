// npm run build
import { build } from './lib/build.mjs';
import { exclusively } from './lib/exclusively.mjs';
import { failed } from './lib/failed.mjs';

await exclusively(build).catch(failed);
