import type { Command } from './command.ts';
import { cancelCommand } from './commands/cancel.ts';
import { deleteCommand } from './commands/delete.ts';
import { deployCommand } from './commands/deploy.ts';
import { followCommand } from './commands/follow.ts';
import { listCommand } from './commands/list.ts';
import { localCommand } from './commands/local.ts';
import { restartCommand } from './commands/restart.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { scaleCommand } from './commands/scale.ts';
import { statusCommand } from './commands/status.ts';
import { tokenNewCommand } from './commands/token-new.ts';
import { validateCommand } from './commands/validate.ts';
import { versionCommand } from './commands/version.ts';

/** Every command of `wl`, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  deployCommand,
  rollbackCommand,
  scaleCommand,
  restartCommand,
  deleteCommand,
  followCommand,
  cancelCommand,
  statusCommand,
  listCommand,
  validateCommand,
  tokenNewCommand,
  localCommand,
  versionCommand,
];

/** Words that group commands, e.g. `wl token new`. */
export const GROUPS: Readonly<Record<string, string>> = { token: 'Make API tokens.' };
