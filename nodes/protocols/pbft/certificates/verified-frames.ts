/**
 * Frames whose signature was found good, so that it is not verified again: the same certificates
 * come back in every VIEW-CHANGE. Two generations: what is used stays, and memory is bounded.
 */
export class VerifiedFrames {
  readonly #perGeneration: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(perGeneration: number) {
    this.#perGeneration = perGeneration;
  }

  has(digest: string): boolean {
    if (this.#young.has(digest)) return true;
    if (!this.#old.has(digest)) return false;
    this.add(digest);
    return true;
  }

  add(digest: string): void {
    this.#young.add(digest);
    if (this.#young.size < this.#perGeneration) return;
    this.#old = this.#young;
    this.#young = new Set();
  }
}
