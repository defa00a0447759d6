/** What a VIEW-CHANGE claims, and which of them are kept (protocols §20.3, §20.8). */
import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import type { NodeId } from "../../contract/core.ts";
import type { ClusterParameters } from "../../contract/protocol.ts";
import { VIEW_CHANGE } from "../messages.ts";
import type { AskedView } from "../view-changes.ts";
import { decodeViewChange, nameOf, type ViewChange } from "./messages.ts";
import type { Claims } from "./selection.ts";

/** A VIEW-CHANGE of its author, as far as this replica is certain, and well-formed. */
export interface ViewChangeClaims extends AskedView {
  readonly payload: Uint8Array;
  readonly claims: Claims;
}

interface Reading {
  readonly scheme: AuthenticationScheme;
  readonly cluster: ClusterParameters;
}

/**
 * @param payload owned by the reader
 * @returns the reason why it is invalid, or what it claims
 */
export function readViewChange(
  { scheme, cluster }: Reading,
  replica: NodeId,
  payload: Uint8Array,
): ViewChangeClaims | string {
  const message = decodeViewChange(payload, cluster);
  if (!message) return "malformed";
  const wrong = wrongIn(message);
  if (wrong !== null) return wrong;
  const digest = nameOf(scheme, { type: VIEW_CHANGE, author: replica, payload });
  return { replica, view: message.view, digest, payload, claims: message };
}

/**
 * No bound above: an honest replica that entered a view with a high base prepares far above the
 * stable mark of others while its state is still on the way.
 */
function wrongIn({ view, stable, checkpoints, prepared, prePrepared }: ViewChange): string | null {
  if (checkpoints.some(({ sequence }) => sequence < stable)) return "checkpoint below h";
  for (const [sequence, claim] of prepared) {
    if (sequence <= stable) return "P below h";
    if (claim.view >= view) return "P of a later view";
  }
  for (const [sequence, digests] of prePrepared) {
    if (sequence <= stable) return "Q below h";
    for (const latest of digests.values()) if (latest >= view) return "Q of a later view";
  }
  return null;
}

interface Held {
  readonly viewChange: ViewChangeClaims;
  /** Its own entry convinced this replica; else it was fetched by the name that others gave it. */
  readonly isCertain: boolean;
}

/**
 * VIEW-CHANGEs by name: those for the view that this replica waits for or is in, of each author the
 * one for the highest view that it asks for, and those that a NEW-VIEW names. Certain is one
 * of each author and view; the others were asked for by name.
 */
export class HeldViewChanges {
  #held: Held[] = [];

  add(viewChange: ViewChangeClaims, { isCertain }: Pick<Held, "isCertain">): void {
    const { digest } = viewChange;
    this.#held = this.#held.filter((other) => other.viewChange.digest !== digest);
    this.#held.push({ viewChange, isCertain });
  }

  named(name: string): ViewChangeClaims | undefined {
    return this.#held.find(({ viewChange }) => viewChange.digest === name)?.viewChange;
  }

  /** The one of which this replica is certain who made it. */
  certain(view: number, replica: NodeId): ViewChangeClaims | undefined {
    return this.#certain().find((held) => held.view === view && held.replica === replica);
  }

  /** Of the authors' views those at or above this one, as far as they are certain. */
  atLeast(view: number): readonly ViewChangeClaims[] {
    return this.#certain().filter((held) => held.view >= view);
  }

  /**
   * @param view that this replica waits for or is in
   * @param named of which a NEW-VIEW may be tried, or was entered
   */
  keep(view: number, named: ReadonlySet<string>): void {
    const highest = new Map<NodeId, number>();
    for (const held of this.#certain()) {
      highest.set(held.replica, Math.max(held.view, highest.get(held.replica) ?? 0));
    }
    this.#held = this.#held.filter(({ viewChange, isCertain }) => {
      if (named.has(viewChange.digest)) return true;
      // A copy that no NEW-VIEW names any more: its bytes are whatever somebody made up.
      if (!isCertain || viewChange.view < view) return false;
      return viewChange.view === view || viewChange.view === highest.get(viewChange.replica);
    });
  }

  #certain(): readonly ViewChangeClaims[] {
    return this.#held.filter(({ isCertain }) => isCertain).map(({ viewChange }) => viewChange);
  }
}
