/** Version of the ECS agent that every instance runs. */
export const AGENT_VERSION = '1.102.0';
