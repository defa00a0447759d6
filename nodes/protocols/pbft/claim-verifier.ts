/**
 * Proves what the choice of a new view rests on, and nothing else (reference 1.9). Of the claims
 * for one number only the highest view matters, and one good certificate proves it, whoever sent
 * it: so a NEW-VIEW costs one certificate a number, not one a number and VIEW-CHANGE.
 */
import type { Envelopes } from "../envelope.ts";
import type { ClusterParameters } from "../protocol.ts";
import { quorumSize } from "../quorum.ts";
import type { StableCheckpoint } from "./checkpoint-store.ts";
import { VerifiedFrames } from "./verified-frames.ts";
import type { PreparedClaim, Selection, ViewChangeClaims } from "./view-change-proof.ts";

export type Proof =
  /** Everything holds; the base with a proof of which every signature is good. */
  | { readonly holds: true; readonly base: StableCheckpoint }
  /** What these replicas signed is not so. */
  | { readonly holds: false; readonly liars: readonly number[]; readonly reason: string };

/**
 * Verifications in a row until a view is entered, at most, when every number of the window was
 * prepared and none of it is known: the new primary proves what its NEW-VIEW rests on, and each
 * backup does it again, with the signatures of V and O. Part of the recovery bound (L-2).
 */
export function viewChangeVerifications(
  cluster: Pick<ClusterParameters, "replicas" | "faultsMax" | "window">,
): number {
  const { replicas, faultsMax, window } = cluster;
  const quorum = quorumSize(cluster);
  // One checkpoint and one certificate a number, Q signatures each; a forged one ends at its first.
  const claims = (window + 1) * quorum + faultsMax;
  const primary = replicas - 1 + claims;
  const backup = replicas + quorum + window + claims;
  return primary + backup;
}

export class ClaimVerifier {
  readonly #envelopes: Envelopes;
  readonly #verified: VerifiedFrames;

  constructor(envelopes: Envelopes, { window, replicas }: ClusterParameters) {
    this.#envelopes = envelopes;
    this.#verified = new VerifiedFrames(2 * window * replicas);
  }

  /** Own claims: each of their frames was verified when it came. */
  trust({ stable, prepared }: ViewChangeClaims): void {
    for (const frame of stable.proof) this.#verified.add(this.#digest(frame));
    for (const { certificate } of prepared.values()) {
      this.#verified.add(this.#digest(certificate.prePrepare));
      for (const frame of certificate.prepares) this.#verified.add(this.#digest(frame));
    }
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

  #proveBase(viewChanges: readonly ViewChangeClaims[], claimed: StableCheckpoint): Proof {
    const highest = viewChanges.filter(({ stable }) => stable.sequence === claimed.sequence);
    let base: StableCheckpoint | null = null;
    for (const claims of byDigest(highest, ({ stable }) => stable.digest)) {
      const good = claims.find(({ stable }) => this.#areAuthentic(stable.proof));
      const liars = claims.map(({ replica }) => replica);
      if (!good) return { holds: false, liars, reason: "checkpoint proof" };
      base ??= good.stable;
    }
    return { holds: true, base: base ?? claimed };
  }

  #liarsAbout(viewChanges: readonly ViewChangeClaims[], sequence: number): readonly number[] {
    const claims = viewChanges.flatMap(({ replica, prepared }) => {
      const claim = prepared.get(sequence);
      return claim ? [{ replica, claim }] : [];
    });
    const view = claims.reduce((highest, { claim }) => Math.max(highest, claim.view), -1);
    const relevant = claims.filter(({ claim }) => claim.view === view);
    for (const same of byDigest(relevant, ({ claim }) => claim.digest)) {
      if (!same.some(({ claim }) => this.#isProved(claim))) {
        return same.map(({ replica }) => replica);
      }
    }
    return [];
  }

  #isProved({ certificate: { prePrepare, prepares } }: PreparedClaim): boolean {
    return this.#areAuthentic([prePrepare]) && this.#areAuthentic(prepares);
  }

  #areAuthentic(frames: readonly Uint8Array[]): boolean {
    return frames.every((frame) => {
      const digest = this.#digest(frame);
      if (this.#verified.has(digest)) return true;
      const envelope = this.#envelopes.open(frame);
      if (!envelope || !this.#envelopes.verify(envelope)) return false;
      this.#verified.add(digest);
      return true;
    });
  }

  #digest(frame: Uint8Array): string {
    return this.#envelopes.authenticator.digest(frame);
  }
}

function byDigest<T>(claims: readonly T[], digestOf: (claim: T) => string): Iterable<T[]> {
  return Map.groupBy(claims, digestOf).values();
}
