import type { Settings } from './registration.ts';

/** As a cloud begins, unless told otherwise. */
export const newSettings = (given: Partial<Settings> = {}): Settings => ({
  connectionDraining: true,
  strict: false,
  dataPlane: true,
  rolloutStateBehindClassic: false,
  dnsPending: false,
  serviceRoleBroken: false,
  dnsBusy: false,
  ...given,
});
