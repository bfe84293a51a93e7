/** Times as services that speak JSON answer them: seconds since the epoch, three decimals. */
export const seconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : Math.round(milliseconds) / 1000;
