import { z } from 'zod';
import { parseYamlDocument } from '../yaml-document.ts';

const Profiles = z.strictObject({
  /** The profile used when none is named. */
  profile: z.string().optional(),
  profiles: z.record(z.string(), z.strictObject({ 'api-url': z.url(), token: z.string().optional() })),
});

/**
 * Reads `$XDG_CONFIG_HOME/wl/config.yaml`. Apart from `config.ts`, because most calls need neither zod nor yaml.
 * @throws WonderlandError `spec_invalid`
 */
export const parseProfiles = (text: string, file: string): z.output<typeof Profiles> =>
  parseYamlDocument(Profiles, text, file);
