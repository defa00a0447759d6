interface Entry {
  readonly time: number;
  /** Order of insertion: events of one instant run first come, first served. */
  readonly order: number;
  readonly run: () => void;
}

function before(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

/** A binary heap of callbacks at virtual times. */
export class EventQueue {
  readonly #heap: Entry[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** Time of the next event; Infinity if there is none. */
  get nextTime(): number {
    return this.#heap[0]?.time ?? Number.POSITIVE_INFINITY;
  }

  add(time: number, run: () => void): void {
    const heap = this.#heap;
    const entry = { time, order: this.#order, run };
    this.#order += 1;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !before(entry, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  take(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      const right = heap[childIndex + 1];
      if (child !== undefined && right !== undefined && before(right, child)) {
        childIndex += 1;
        child = right;
      }
      if (child === undefined || !before(child, last)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
    return first;
  }
}
