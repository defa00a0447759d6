/**
 * The audit log: what a replica says it decided, one event a line, never sent over the network
 * (protocols §15.1). Checkers judge from it, so its vocabulary is shared by every protocol.
 * `n` = sequence number, `v` = view, `d` = digest (hex), `by` = distinct replica ids.
 */
export type AuditEvent =
  /** After recovery: what the replica starts from. `lastExec` = number of the restored snapshot. */
  | { readonly e: "boot"; readonly v: number; readonly h: number; readonly lastExec: number }
  /**
   * Before PREPARE or PRE-PREPARE for (v,n) leaves; `as` says which. `d` of a null request is
   * NULL_DIGEST.
   */
  | {
      readonly e: "preprepared";
      readonly v: number;
      readonly n: number;
      readonly d: string;
      readonly as: "primary" | "backup";
    }
  | {
      readonly e: "prepared";
      readonly v: number;
      readonly n: number;
      readonly d: string;
      readonly by: readonly number[];
    }
  | {
      readonly e: "committed";
      readonly v: number;
      readonly n: number;
      readonly d: string;
      readonly by: readonly number[];
    }
  /** Decided by the commit-certificate learning rule (protocols §6.4), not by own prepare. */
  | {
      readonly e: "decided";
      readonly v: number;
      readonly n: number;
      readonly d: string;
      readonly by: readonly number[];
    }
  /** Decided because so many others, of whom one is good, state that it is (protocols §20.7). */
  | { readonly e: "stated"; readonly n: number; readonly d: string; readonly by: readonly number[] }
  /**
   * Executed in order. `ops`: only the effective requests, `[client, t, digest of result, digest of
   * operation]`.
   */
  | {
      readonly e: "executed";
      readonly n: number;
      readonly d: string;
      readonly ops: readonly (readonly [
        client: number,
        t: number,
        result: string,
        operation: string,
      ])[];
    }
  | { readonly e: "checkpoint"; readonly n: number; readonly d: string }
  | { readonly e: "stable"; readonly n: number; readonly d: string; readonly by: readonly number[] }
  /** VIEW-CHANGE(v) is about to be sent. `p`: its prepared entries [n, d, view]. */
  | {
      readonly e: "viewchange";
      readonly v: number;
      readonly h: number;
      readonly p: readonly (readonly [n: number, d: string, view: number])[];
    }
  /**
   * NEW-VIEW(v) sent (primary) or accepted (backup): whose view-changes, base, and the selection.
   */
  | {
      readonly e: "newview";
      readonly v: number;
      readonly from: readonly number[];
      readonly base: number;
      readonly selected: readonly (readonly [n: number, d: string])[];
      /** Of `from` those that are believed because others vouch for them (protocols §20.5). */
      readonly vouched?: readonly number[];
      /** It lacked something when it came; or so many others state that they entered by it. */
      readonly after?: "kept" | "stated";
    }
  /**
   * What the VIEW-CHANGEs say on which the NEW-VIEW of the next line rests; level `full` only. `p`
   * as in `viewchange`. Where nothing in them is proved also `q`, what was pre-prepared, and `c`,
   * the checkpoints whose state is there, as [n, d].
   */
  | {
      readonly e: "claims";
      readonly v: number;
      readonly of: readonly {
        readonly replica: number;
        readonly h: number;
        readonly p: readonly (readonly [n: number, d: string, view: number])[];
        readonly q?: readonly (readonly [n: number, d: string, view: number])[];
        readonly c?: readonly (readonly [n: number, d: string])[];
      }[];
    }
  /** Told whom it concerns that this replica is certain of a VIEW-CHANGE (protocols §20.5). */
  | { readonly e: "vouched"; readonly v: number; readonly of: number }
  /** Ordered on the word of others: its own code convinces nobody here (protocols §20.1). */
  | {
      readonly e: "believed";
      readonly client: number;
      readonly t: number;
      readonly on: "prepares" | "relays";
    }
  /** Chose keys that others are to use, or has those that another one chose (protocols §2.9). */
  | { readonly e: "keys"; readonly of: number; readonly counter: number }
  /** State transfer aims at checkpoint (n,d) / its state is installed with its client table. */
  | {
      readonly e: "statetransfer";
      readonly n: number;
      readonly d: string;
      readonly from: readonly number[];
    }
  | {
      readonly e: "installed";
      readonly n: number;
      readonly d: string;
      /** Nodes of the page tree that came from others; the rest was here already. */
      readonly fetched: { readonly nodes: number; readonly bytes: number };
    }
  /** Own digest differs from a stable checkpoint's: own state is corrupt. */
  | { readonly e: "corrupt"; readonly n: number; readonly own: string; readonly stable: string }
  | { readonly e: "timer"; readonly id: string; readonly afterMs: number }
  /**
   * A rejected input; level `full` only. Rejections of one kind are told together: `repeated` = so
   * many more of it; `from` is -1 if they are of many kinds.
   */
  | {
      readonly e: "reject";
      readonly type: string;
      readonly from: number;
      readonly reason: string;
      readonly repeated?: number;
      /** From a core: how often so far, of this peer, type and reason; told at 1, 2, 4, 8 ... */
      readonly count?: number;
    }
  | {
      readonly e: "evidence";
      readonly against: number;
      readonly what: string;
      readonly v: number;
      readonly n: number;
    };

/**
 * A line of `audit/<replica>.jsonl`. `time` is ns on the monotonic clock of the host (virtual in
 * the simulator), `boot` counts starts from 1.
 */
export type AuditRecord = AuditEvent & {
  readonly time: number;
  readonly replica: number;
  readonly boot: number;
};

/** One kind of audit event, as it stands in a log. */
export type RecordOf<Kind extends AuditRecord["e"]> = Extract<AuditRecord, { readonly e: Kind }>;

/** Fixed digest of the null request (protocols §2.3). */
export const NULL_DIGEST = "0".repeat(64);

/** How much is written: everything, all but what is `full` only, or nothing. */
export const AUDIT_LEVELS = ["full", "decisions", "off"] as const;
export type AuditLevel = (typeof AUDIT_LEVELS)[number];
