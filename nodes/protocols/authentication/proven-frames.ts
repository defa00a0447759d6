/**
 * Frames out of other messages, proved when it matters and not twice: the same certificates come
 * back in every VIEW-CHANGE. Two generations: what is used stays, and memory is bounded.
 */
import type { AuthenticationScheme, ProofFrame } from "./scheme.ts";

/** Who says whether a frame proves anything. */
interface Prover {
  readonly scheme: Pick<AuthenticationScheme, "digest">;
  prove(frame: Uint8Array): ProofFrame | null;
}

export class ProvenFrames {
  readonly #prover: Prover;
  readonly #perGeneration: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(prover: Prover, perGeneration: number) {
    this.#prover = prover;
    this.#perGeneration = perGeneration;
  }

  /** @returns the frame where it stands, or null if it proves nothing */
  prove(frame: Uint8Array): ProofFrame | null {
    const digest = this.#prover.scheme.digest(frame);
    if (this.#has(digest)) return frame as ProofFrame;
    const proof = this.#prover.prove(frame);
    if (proof) this.#add(digest);
    return proof;
  }

  /** A proof from elsewhere need not be verified when it comes back. */
  add(proof: ProofFrame): void {
    this.#add(this.#prover.scheme.digest(proof));
  }

  #has(digest: string): boolean {
    if (this.#young.has(digest)) return true;
    if (!this.#old.has(digest)) return false;
    this.#add(digest);
    return true;
  }

  #add(digest: string): void {
    this.#young.add(digest);
    if (this.#young.size < this.#perGeneration) return;
    this.#old = this.#young;
    this.#young = new Set();
  }
}
