/** What a caller of RunTask or StartTask changes of a task definition for these tasks alone. */
import type { Params } from '../../engine/contract.ts';
import { readTaskSize } from './definition-input.ts';
import { invalid } from './input.ts';
import type { ContainerDefinition, TaskDefinition } from './model.ts';

/** Characters of the overrides as JSON. */
const LONGEST = 8192;

/** @throws InvalidParameterException overrides that do not fit the definition. */
export const readOverrides = (given: Params | undefined, { containers }: TaskDefinition): Params => {
  if (given === undefined) return {};
  const list = (given.containerOverrides ?? []) as Params[];
  if (JSON.stringify(given).length > LONGEST) throw invalid(`Container Overrides length must be at most ${LONGEST}`);
  const known = new Set(containers.map(({ name }) => name));
  for (const { name } of list) {
    if (name === undefined) throw invalid('Container override must have a name.');
    if (!known.has(String(name))) {
      throw invalid(`Override for container named ${String(name)} is not a container in the TaskDefinition.`);
    }
  }
  return given;
};

/** The definition as these tasks take room: with overridden CPU and memory. */
export const withOverrides = (definition: TaskDefinition, overrides: Params): TaskDefinition => {
  const list = (overrides.containerOverrides ?? []) as Params[];
  const sizeOf = (name: string): Partial<ContainerDefinition> => {
    const { cpu, memory, memoryReservation } = list.find((one) => one.name === name) ?? {};
    return Object.fromEntries(
      Object.entries({ cpu, memory, memoryReservation }).filter(([, value]) => value !== undefined),
    );
  };
  return {
    ...definition,
    containers: definition.containers.map((container) => ({ ...container, ...sizeOf(container.name) })),
    rest: { ...definition.rest, ...readTaskSize({ cpu: overrides.cpu, memory: overrides.memory }) },
  };
};
