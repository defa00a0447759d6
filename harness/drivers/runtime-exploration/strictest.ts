/** A figure that several mishaps set at a time: the strictest holds, whoever of them ends first. */
export class Strictest {
  readonly #usual: number;
  readonly #strictestOf: (...values: number[]) => number;
  #wanted: { readonly value: number }[] = [];

  constructor(usual: number, strictestOf: (...values: number[]) => number) {
    this.#usual = usual;
    this.#strictestOf = strictestOf;
  }

  get value(): number {
    return this.#strictestOf(this.#usual, ...this.#wanted.map(({ value }) => value));
  }

  /** @returns ends it */
  set(value: number): () => void {
    const wanted = { value };
    this.#wanted.push(wanted);
    return () => {
      this.#wanted = this.#wanted.filter((other) => other !== wanted);
    };
  }

  clear(): void {
    this.#wanted = [];
  }
}
