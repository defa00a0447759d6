export const REPLY_AUTHS = ["mac", "signature"] as const;
export type ReplyAuth = (typeof REPLY_AUTHS)[number];

export const CLIENT_AUTHS = ["mac", "signature"] as const;
export type ClientAuth = (typeof CLIENT_AUTHS)[number];

/** How certain a primary has to be of a request before it proposes it (protocols §19.1). */
export const REQUEST_ATS = ["K1", "K2"] as const;
export type RequestAt = (typeof REQUEST_ATS)[number];

/** What tells one protocol from another: its line in the table of variants. */
export interface Traits {
  /** Message delays from a request to its answer when nothing fails. */
  readonly delays: number;
  /** On top of those of a view change with signatures; null where there are no views. */
  readonly viewChangeDelays: number | null;
  /** What a replica trusts where a third party would be shown a signature. */
  readonly signature: string;
  /** What may stand behind a REQUEST, the default first. */
  readonly clientAuths: readonly [ClientAuth, ...ClientAuth[]];
  /** What may stand behind a REPLY, the default first. */
  readonly replyAuths: readonly [ReplyAuth, ...ReplyAuth[]];
  /** What may be asked for before a request is proposed, the default first. */
  readonly requestAts: readonly [RequestAt, ...RequestAt[]];
  /** What of it can be handed on, and convinces whoever it is handed to. */
  readonly transferable: string;
  /**
   * Messages of one operation, alone in its batch, when nothing fails: each receiver counted,
   * STATUS and checkpoints left out.
   */
  messages(replicas: number): number;
  /** Of these messages together, argument and result empty, replies with a MAC, frames left out. */
  bytes(replicas: number): number;
}
