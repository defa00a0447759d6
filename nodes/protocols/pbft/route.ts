/** What the router asks about a message, in the order in which it asks. */
import type { NodeId } from "../contract/core.ts";
import type { Envelope } from "../wire/envelope.ts";

/** What may come and settle a "not yet": a view is entered, or what takes away a doubt. */
export type Awaited = "view" | Doubt;

/** Nothing shows that a client made this request, and somebody else may vouch for it. */
export interface Doubt {
  readonly client: NodeId;
  readonly timestamp: number;
  readonly digest: string;
  /** Backups that order it there vouch for it, too. */
  readonly sequence: number;
}

/** Of which doubts? Each that it names costs a look at what waits for it, so no others. */
export type Settles = (doubt: Doubt) => boolean;

export type Answer =
  | "yes"
  /** Taken, and it may settle such doubts. */
  | { readonly settles: Settles }
  /** Nothing is wrong with it, and it is of no use: it is dropped without a word. */
  | "no"
  /** Kept, within bounds, and looked at again as if it came then. */
  | { readonly notYet: Awaited }
  | { readonly refused: string };

export interface Arrival {
  readonly envelope: Envelope;
  /** Who says to have made it; proven in `take`. */
  readonly sender: NodeId;
  /** The channel's proven peer: not the author, for what may come second hand. */
  readonly from: NodeId;
}

/** One row of the table of messages. Its replica is bound into it. */
export interface Route<Message = unknown> {
  /** As `messages.md` has it. */
  readonly name: string;
  /**
   * Counts over its author's own channel alone: its answer goes to the author, so a replay by
   * somebody else must not trigger it.
   */
  readonly firstHand: boolean;
  /** Clients send it, too. */
  readonly fromClients?: true;
  /** This replica's own come back from others, and are news after a restart. */
  readonly ownIsNews?: true;
  /** The bytes prove themselves by the digest that was asked for, whoever sends them. */
  readonly byDigest?: true;
  /**
   * Where reading it costs more than its bytes: its share, before anything of it is read. False:
   * too much came over this channel.
   */
  mayCost?(envelope: Envelope, from: NodeId): boolean;
  /** @returns what is wrong, if it is no such message */
  decode(envelope: Envelope): Message | string;
  /** Whatever needs no authentication, and every bound on what that may cost. */
  check(message: Message, arrival: Arrival): Answer;
  /** It is the sender's. */
  take(message: Message, arrival: Arrival): Answer;
  /**
   * The bytes do not show that it is the sender's, and somebody else may know: in place of a
   * refusal, and second hand as well.
   */
  doubted?(message: Message, arrival: Arrival): Answer;
  /** `take` refused it, so the sender provably sent what no honest replica sends. */
  refused?(message: Message, arrival: Arrival): void;
}
