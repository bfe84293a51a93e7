import { z } from 'zod';
import { ManifestSchema } from './schema.ts';

/** JSON Schema of `wonderland.yaml`. Draft 7, the newest one that YAML editors read without gaps. */
export const manifestJsonSchema = (): Record<string, unknown> =>
  z.toJSONSchema(ManifestSchema, { io: 'input', target: 'draft-7' });
