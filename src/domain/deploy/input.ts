import type { ServiceSpec } from '../service-spec.ts';

/** Argument of the workflow `deploy`. Nothing in it is secret: environment values and the manifest are sealed. */
export interface DeployInput {
  service: string;
  /** Deployment id: Unix seconds. */
  id: string;
  team: string;
  environment: string;
  cluster: string;
  actor: string;
  /** `components[].env` values are sealed. */
  spec: ServiceSpec;
  /** Seal of gzip + base64 of the manifest's text. */
  sealedManifest: string;
  contentKeyWarnings: { message: string; hint?: string }[];
  takeOverDomain: boolean;
}
