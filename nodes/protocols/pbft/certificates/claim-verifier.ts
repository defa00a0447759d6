/**
 * Proves what the choice of a new view rests on, and nothing else (protocols §9.4). Of the claims
 * for one number only the highest view matters, and one good certificate proves it, whoever sent
 * it: so a NEW-VIEW costs one certificate a number, not one a number and VIEW-CHANGE.
 */

import { assert } from "../../assert.ts";
import { ProvenFrames } from "../../authentication/proven-frames.ts";
import type { ProofFrame } from "../../authentication/scheme.ts";
import type { ClusterParameters } from "../../contract/protocol.ts";
import type { Prover } from "./provable.ts";
import type { Selection } from "./selection.ts";
import type { PreparedClaim, StableClaim, ViewChangeClaims } from "./view-change.ts";

/** A stable checkpoint with what proves it. */
export interface ProvedCheckpoint extends StableClaim {
  readonly proof: readonly ProofFrame[];
}

export type Proof =
  /** Everything holds; the base with a proof of which every frame is good. */
  | { readonly holds: true; readonly base: ProvedCheckpoint }
  /** What these replicas said is not so. */
  | { readonly holds: false; readonly liars: readonly number[]; readonly reason: string };

export class ClaimVerifier {
  readonly #prover: Prover;
  readonly #proven: ProvenFrames;

  constructor(prover: Prover, { window, replicas }: ClusterParameters) {
    this.#prover = prover;
    this.#proven = new ProvenFrames(prover, 2 * window * replicas);
  }

  /** Own claims: each of their frames was verified when it came. */
  trust({ stable, prepared }: ViewChangeClaims): void {
    for (const frame of stable.proof) this.#trust(frame);
    for (const { certificate } of prepared.values()) {
      this.#trust(certificate.prePrepare);
      for (const frame of certificate.prepares) this.#trust(frame);
    }
  }

  #trust(frame: Uint8Array): void {
    this.#proven.add(this.#prover.written(frame));
  }

  /** Does all of it? @param isKnown its stable checkpoint is known to be one */
  holds(
    { stable, prepared }: ViewChangeClaims,
    { isKnown }: { readonly isKnown: boolean },
  ): boolean {
    if (!isKnown && this.#proveStable(stable) === null) return false;
    return [...prepared.values()].every((claim) => this.#proveCertificate(claim) !== null);
  }

  /** The base with a proof that convinces this replica, if one of them has that. */
  shownBase(
    viewChanges: readonly ViewChangeClaims[],
    { sequence, digest }: StableClaim,
  ): ProvedCheckpoint | null {
    const same = viewChanges.filter(
      ({ stable }) => stable.sequence === sequence && stable.digest === digest,
    );
    return firstGood(same, ({ stable }) => this.#proveStable(stable)).shown;
  }

  /** A function of V alone, so that what a good primary sends convinces every good backup. */
  prove(viewChanges: readonly ViewChangeClaims[], selection: Selection): Proof {
    const base = this.#proveBase(viewChanges, selection.base);
    if (!base.holds) return base;
    for (const { sequence } of selection.chosen) {
      const liars = this.#liarsAbout(viewChanges, sequence);
      if (liars.length > 0) return { holds: false, liars, reason: "certificate" };
    }
    return base;
  }

  #proveBase(viewChanges: readonly ViewChangeClaims[], claimed: StableClaim): Proof {
    const { sequence } = claimed;
    const highest = viewChanges.filter(({ stable }) => stable.sequence === sequence);
    let base: ProvedCheckpoint | null = null;
    for (const claims of byDigest(highest, ({ stable }) => stable.digest)) {
      const { shown, liars } = firstGood(claims, ({ stable }) => this.#proveStable(stable));
      if (liars.length > 0) return { holds: false, liars, reason: "checkpoint proof" };
      base ??= shown;
    }
    assert(base !== null, "the base is a claim of one of them");
    return { holds: true, base };
  }

  #liarsAbout(viewChanges: readonly ViewChangeClaims[], sequence: number): readonly number[] {
    const claims = viewChanges.flatMap(({ replica, prepared }) => {
      const claim = prepared.get(sequence);
      return claim ? [{ replica, claim }] : [];
    });
    const view = claims.reduce((highest, { claim }) => Math.max(highest, claim.view), -1);
    const relevant = claims.filter(({ claim }) => claim.view === view);
    for (const same of byDigest(relevant, ({ claim }) => claim.digest)) {
      const { liars } = firstGood(same, ({ claim }) => this.#proveCertificate(claim));
      if (liars.length > 0) return liars;
    }
    return [];
  }

  #proveStable({ sequence, digest, proof: claimed }: StableClaim): ProvedCheckpoint | null {
    const proof = this.#proveAll(claimed);
    return proof && { sequence, digest, proof };
  }

  #proveCertificate({ certificate }: PreparedClaim): readonly ProofFrame[] | null {
    return this.#proveAll([certificate.prePrepare, ...certificate.prepares]);
  }

  #proveAll(frames: readonly Uint8Array[]): readonly ProofFrame[] | null {
    const proofs: ProofFrame[] = [];
    for (const frame of frames) {
      const proof = this.#proven.prove(frame);
      if (!proof) return null;
      proofs.push(proof);
    }
    return proofs;
  }
}

function byDigest<T>(claims: readonly T[], digestOf: (claim: T) => string): Iterable<T[]> {
  return Map.groupBy(claims, digestOf).values();
}

/**
 * What shows the first claim that holds, and who made those that were tried before it and do not:
 * also of what another's claim proves. Else the same lie costs as much again for the next number.
 */
function firstGood<T extends { readonly replica: number }, Shown>(
  claims: readonly T[],
  show: (claim: T) => Shown | null,
): { readonly shown: Shown | null; readonly liars: readonly number[] } {
  const liars: number[] = [];
  for (const claim of claims) {
    const shown = show(claim);
    if (shown !== null) return { shown, liars };
    liars.push(claim.replica);
  }
  return { shown: null, liars };
}
