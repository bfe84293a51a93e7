import type { LogSink } from '../logs.ts';
import type { ContainerDefinition, Task } from './model.ts';

/** Where a container's stdout goes: `<prefix>/<container>/<task id>` of its log group, or nowhere. */
export const openLog = (
  logs: LogSink,
  task: Task,
  container: ContainerDefinition | undefined,
): ((line: string) => void) => {
  const configuration = container?.logConfiguration as
    { logDriver?: string; options?: Record<string, string> } | undefined;
  const group = configuration?.options?.['awslogs-group'];
  if (container === undefined || configuration?.logDriver !== 'awslogs' || group === undefined) return () => {};
  const prefix = configuration.options?.['awslogs-stream-prefix'];
  const stream = prefix === undefined ? container.name : `${prefix}/${container.name}/${task.id}`;
  return (line) => logs.write(group, stream, line);
};
