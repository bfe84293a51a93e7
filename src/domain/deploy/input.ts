import type { ServiceSpec } from '../service-spec.ts';

/** Argument of the workflow `deploy`; everything in it may be read by whoever can read Temporal's history. */
export interface DeployInput {
  service: string;
  /** Deployment id, Unix seconds. */
  id: string;
  /** Team that owns the service. */
  team: string;
  environment: string;
  cluster: string;
  /** Name of the token that asked for it. */
  actor: string;
  /** Values of `env` are sealed. */
  spec: ServiceSpec;
  /** The manifest's text, gzip + base64, sealed; what the release tags keep once it has passed. */
  sealedManifest: string;
  /** Variables in `env` that look like secrets; the workflow repeats them as warnings. */
  contentKeyWarnings: { message: string; hint?: string }[];
  /** Let the domain's record move away from what it points to now. */
  takeOverDomain: boolean;
}
