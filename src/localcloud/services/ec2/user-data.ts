/** Variables of a shell script or a heredoc, and lines of a cloud-config that write `/etc/ecs/ecs.config`. */
const ECS_CLUSTER = /(?:^|[\s"'`;|])(?:export\s+)?ECS_CLUSTER=(["']?)([\w-]{1,255})\1/gm;

/** The cluster an ECS agent with this user data (base64) joins; the last mention counts, as in a shell. */
export const ecsClusterOf = (userData: string | undefined): string | undefined => {
  if (userData === undefined) return undefined;
  const text = Buffer.from(userData, 'base64').toString();
  return [...text.matchAll(ECS_CLUSTER)].at(-1)?.[2];
};
