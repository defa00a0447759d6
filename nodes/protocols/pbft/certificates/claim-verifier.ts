/**
 * Proves what the choice of a new view rests on, and nothing else (reference 1.9). Of the claims
 * for one number only the highest view matters, and one good certificate proves it, whoever sent
 * it: so a NEW-VIEW costs one certificate a number, not one a number and VIEW-CHANGE.
 */

import type { ClusterParameters } from "../../contract/protocol.ts";
import type { Envelopes } from "../../wire/envelope.ts";
import type { StableCheckpoint } from "../checkpoint-store.ts";
import type { Selection } from "./selection.ts";
import { VerifiedFrames } from "./verified-frames.ts";
import type { PreparedClaim, ViewChangeClaims } from "./view-change.ts";

export type Proof =
  /** Everything holds; the base with a proof of which every signature is good. */
  | { readonly holds: true; readonly base: StableCheckpoint }
  /** What these replicas signed is not so. */
  | { readonly holds: false; readonly liars: readonly number[]; readonly reason: string };

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
      const { good, liars } = firstGood(claims, ({ stable }) => this.#areAuthentic(stable.proof));
      if (liars.length > 0) return { holds: false, liars, reason: "checkpoint proof" };
      base ??= good?.stable ?? null;
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
      const { liars } = firstGood(same, ({ claim }) => this.#isProved(claim));
      if (liars.length > 0) return liars;
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

/**
 * The first claim that holds, and who made those that were tried before it and do not: also of what
 * another's claim proves. Else the same lie costs as much again for the next number.
 */
function firstGood<T extends { readonly replica: number }>(
  claims: readonly T[],
  holds: (claim: T) => boolean,
): { readonly good: T | undefined; readonly liars: readonly number[] } {
  const found = claims.findIndex(holds);
  const tried = found < 0 ? claims : claims.slice(0, found);
  return { good: claims[found], liars: tried.map(({ replica }) => replica) };
}
