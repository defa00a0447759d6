/** The final reads: key after key, each through the ordered path until it is answered. */

export interface FinalReadsParts {
  readonly keys: readonly string[];
  /** After this an unanswered read is not tried again. */
  readonly deadlineMs: number;
  readonly now: () => number;
  /** Reads that key once; `done` hears whether it was answered. */
  readonly read: (key: string, done: (answered: boolean) => void) => void;
  /** Called once: after the last of them, or when they are given up. */
  readonly done: (complete: boolean) => void;
}

export class FinalReads {
  readonly #parts: FinalReadsParts;
  #askedMs = 0;
  #isOver = false;

  constructor(parts: FinalReadsParts) {
    this.#parts = parts;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** When the key that they are at was first asked for. */
  get askedMs(): number {
    return this.#askedMs;
  }

  begin(): void {
    this.#readFrom(0);
  }

  /** What is outstanding may be answered yet; nothing more is asked for. */
  giveUp(): void {
    this.#end(false);
  }

  #readFrom(index: number): void {
    const key = this.#parts.keys[index];
    if (key === undefined) return this.#end(true);
    this.#askedMs = this.#parts.now();
    return this.#read(key, () => this.#readFrom(index + 1));
  }

  #read(key: string, next: () => void): void {
    const { read, now, deadlineMs } = this.#parts;
    read(key, (answered) => {
      if (this.#isOver) return;
      if (answered) next();
      else if (now() < deadlineMs) this.#read(key, next);
      else this.#end(false);
    });
  }

  #end(complete: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.done(complete);
  }
}
