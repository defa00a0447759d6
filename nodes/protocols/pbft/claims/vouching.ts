/**
 * Who vouches for a VIEW-CHANGE, where it convinces each reader apart from the others: two ways,
 * one interface. A NEW-VIEW rests on what everybody will be certain of, and a backup believes what
 * enough others vouch for (protocols §20.5, §21.2).
 */
import type { AuthenticationScheme, Content } from "../../authentication/scheme.ts";
import type { NodeId } from "../../contract/core.ts";
import type { RelaySets } from "../relays/relay-sets.ts";
import type { HearOf } from "../relays/sayings.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Route } from "../route.ts";
import type { Ack, Reference } from "./messages.ts";
import type { HeldViewChanges, ViewChangeClaims } from "./view-change.ts";

export interface Vouching {
  readonly routes: readonly (readonly [number, Route])[];
  /** It is awaited here, and this replica's own, or it came from its author and holds. */
  remember(viewChange: ViewChangeClaims): void;
  /** Tells others, once that it holds is durable. */
  vouch(viewChange: ViewChangeClaims): void;
  /** Another view is awaited: what enough others vouch for already this replica does, too. */
  awaits(): void;
  /** What this replica vouches for, told again. @returns null if it does not */
  again(view: number, author: NodeId): Content | null;
  /** May a NEW-VIEW of this replica rest on it? All others have to follow. */
  isAdmitted(viewChange: ViewChangeClaims): boolean;
  /** Did its author make what V names? */
  isBelieved(view: number, reference: Reference): boolean;
  /** Whose word for it is known here. */
  vouchersOf(ack: Ack): readonly NodeId[];
  /** A RELAY-SET names a VIEW-CHANGE. */
  readonly hearOf?: HearOf;
  /** What a log that is written anew keeps. */
  records(): readonly Uint8Array[];
  /** It vouched for this before it started again. */
  recall(ack: Ack): void;
}

/** What a way of vouching is made from. */
export interface VouchingParts {
  readonly state: ReplicaState;
  readonly scheme: AuthenticationScheme;
  readonly held: HeldViewChanges;
  readonly sets: RelaySets;
}
