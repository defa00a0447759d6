export const CLIENT_AUTHS = ["mac", "signature"] as const;
export type ClientAuth = (typeof CLIENT_AUTHS)[number];

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
  /** What of it can be handed on, and convinces whoever it is handed to. */
  readonly transferable: string;
  /**
   * Messages of one operation, alone in its batch, when nothing fails: each receiver counted,
   * STATUS and checkpoints left out.
   */
  messages(replicas: number): number;
  /**
   * Of these messages together, argument and result empty, replies with a MAC, frames left out.
   * Absent where some of them have no length of their own.
   */
  bytes?(replicas: number): number;
}
