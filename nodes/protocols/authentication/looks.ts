/**
 * What was found authentic lately, so that it shows where something is looked at again: each look
 * costs as much as the first, and says nothing new. Kept is a table of fixed size in which later
 * ones push out earlier ones, so what comes back after long counts as new.
 */
export class Looks {
  readonly #fingerprints: Uint32Array;
  readonly #inputs: Uint32Array;
  readonly #times: Uint16Array;
  #input = 1;
  #repeats = 0;
  #surplus = 0;

  /** @param places a power of two */
  constructor(places: number) {
    this.#fingerprints = new Uint32Array(places);
    this.#inputs = new Uint32Array(places);
    this.#times = new Uint16Array(places);
  }

  /** Of what had been found authentic in the same input. */
  get repeats(): number {
    return this.#repeats;
  }

  /** Of what had been looked at as often as there is a use for. */
  get surplus(): number {
    return this.#surplus;
  }

  /** An input begins. */
  begin(): void {
    this.#input += 1;
  }

  /**
   * @param proof a signature or a tag; nobody can choose what its eight bytes from `at` are
   * @param most so many looks at it have a use
   */
  found(proof: Uint8Array, at: number, most: number): void {
    const place = wordAt(proof, at) & (this.#fingerprints.length - 1);
    const fingerprint = wordAt(proof, at + 4);
    if (this.#fingerprints[place] !== fingerprint) {
      this.#fingerprints[place] = fingerprint;
      this.#times[place] = 0;
    } else if (this.#inputs[place] === this.#input) this.#repeats += 1;
    const times = (this.#times[place] ?? 0) + 1;
    if (times > most) this.#surplus += 1;
    this.#times[place] = times;
    this.#inputs[place] = this.#input;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  const upper = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return (upper | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}
