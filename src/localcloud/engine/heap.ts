/** A priority queue: the least comes first. */
interface Heap<T> {
  push(item: T): void;
  /** The least, without taking it out. */
  peek(): T | undefined;
  pop(): T | undefined;
  clear(): void;
}

/** A binary heap: O(log n) to put in and to take out. */
export const createHeap = <T>(isBefore: (a: T, b: T) => boolean): Heap<T> => {
  let items: T[] = [];

  const swap = (a: number, b: number): void => {
    [items[a], items[b]] = [items[b] as T, items[a] as T];
  };
  const rises = (child: number, parent: number): boolean => isBefore(items[child] as T, items[parent] as T);
  const up = (start: number): void => {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!rises(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  };
  const down = (): void => {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= items.length) return;
      const least = left + 1 < items.length && rises(left + 1, left) ? left + 1 : left;
      if (!rises(least, at)) return;
      swap(least, at);
      at = least;
    }
  };

  return {
    push: (item) => {
      items.push(item);
      up(items.length - 1);
    },
    peek: () => items[0],
    pop: () => {
      const [first] = items;
      const last = items.pop();
      if (items.length > 0) {
        items[0] = last as T;
        down();
      }
      return first;
    },
    clear: () => {
      items = [];
    },
  };
};
