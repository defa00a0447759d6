import type { HistoryEvent } from "../../observations/observations.ts";

/**
 * Several writers of one history. A checker goes by the order of lines and by process numbers, so
 * lines are numbered as they come, and no two writers' processes have one number.
 */
export class JoinedHistory {
  readonly #emit: (event: HistoryEvent) => void;
  readonly #processes = new Map<string, number>();
  #index = 0;

  constructor(emit: (event: HistoryEvent) => void) {
    this.#emit = emit;
  }

  add(writer: string, event: HistoryEvent): void {
    const index = this.#index;
    this.#index += 1;
    this.#emit({ ...event, index, process: this.#processOf(`${writer} ${event.process}`) });
  }

  #processOf(name: string): number {
    const known = this.#processes.get(name);
    if (known !== undefined) return known;
    const process = this.#processes.size;
    this.#processes.set(name, process);
    return process;
  }
}
