/**
 * The files of a run store and their lines. Checkers and reports read these and nothing else. All
 * times are integer nanoseconds since the zero instant of the run (`run.json`), which is the moment
 * the cluster was verified and the warm-up began; set-up has negative times.
 */
import type { AttestationOutcome, FaultEffect } from "../../faults/fault.ts";
import type { AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import type { CoreStatus } from "../../nodes/protocols/contract/core.ts";
import type { OperationKind } from "../../nodes/protocols/contract/service.ts";
import type { PeerCounters } from "../../nodes/runtime/peer-counters.ts";
import type { Phase, Plan } from "../plan/plan.ts";
import type { Seal } from "./seal.ts";

export type { PeerCounters } from "../../nodes/runtime/peer-counters.ts";

/** A line of `history.jsonl`, in the shape the field's checkers read (Jepsen's). */
export interface HistoryEvent {
  readonly index: number;
  readonly time: number;
  /** A new number after every `info`. */
  readonly process: number;
  readonly type: "invoke" | "ok" | "fail" | "info";
  readonly f: OperationKind;
  readonly key: string | null;
  readonly value: string | null | readonly [from: string | null, to: string];
  /** Ours beside the field's: node id of the logical client and the request's timestamp `t`. */
  readonly client?: number;
  readonly t?: number;
  /** On `invoke`: when it was meant to be sent (open loop). Latency counts from here. */
  readonly intended?: number;
  /** On `fail`: why it did not happen, for certain; a cas that found another value has none. */
  readonly error?: string;
  /** On `fail`: its client refused it, so no replica ever saw it. */
  readonly unsent?: true;
  /** On `ok`: view of the f+1 matching replies. */
  readonly view?: number;
  /** True for the final reads after the heal. */
  readonly final?: true;
}

/** A line of `ledger.jsonl`; `intent` and `healing` are fsynced before the act. */
export type LedgerEntry = {
  /** Its number, from 0; absent in runs of older versions. */
  readonly index?: number;
  readonly time: number;
} & (
  | { readonly kind: "phase"; readonly phase: Phase | "end" }
  | { readonly kind: "load"; readonly on: boolean }
  | {
      readonly kind: "intent";
      readonly entry: string;
      readonly name: string;
      readonly fault: string;
      /** Symbolic names and what they resolved to at this injection. */
      readonly targets: Readonly<Record<string, string>>;
      readonly effects: readonly FaultEffect[];
      /** What has set it off, where it had no time of its own. */
      readonly setOffBy?: string;
    }
  | {
      readonly kind: "installed";
      readonly entry: string;
      readonly outcome: AttestationOutcome;
      readonly evidence: readonly string[];
    }
  | { readonly kind: "healing"; readonly entry: string }
  | {
      readonly kind: "healed";
      readonly entry: string;
      readonly outcome: AttestationOutcome;
      readonly evidence: readonly string[];
    }
  /** A child process started or ended outside any fault, a proxy healed by recreation, ... */
  | { readonly kind: "note"; readonly what: string; readonly detail: string }
  /** A replica ended that no fault had killed. */
  | { readonly kind: "died"; readonly replica: number; readonly why: string }
  /** Replicas were at work without end, and nothing came of it: the run was broken off. */
  | { readonly kind: "livelock"; readonly why: string }
  | {
      readonly kind: "converged";
      readonly lastExec: number;
      readonly digests: Readonly<Record<string, string>>;
      /** Where the plan asks for rest: views that had held, and were left while nobody asked. */
      readonly viewsLeft?: number;
    }
  /** At the end: what stands on the disk of a replica, and the digest of it made anew. */
  | {
      readonly kind: "stored";
      readonly replica: number;
      readonly n: number;
      /** As the replica named that state. */
      readonly digest: string;
      /** Null where that digest names nothing that is there. */
      readonly found: string | null;
      /** By key the name of its value (`value-name.ts`); by client its last timestamp. */
      readonly values: Readonly<Record<string, string>>;
      readonly clients: Readonly<Record<string, number>>;
    }
  /** Something that watches over the cluster cries: who, what was found, and of whom. */
  | {
      readonly kind: "alarm";
      readonly by: string;
      readonly what: string;
      readonly about?: string;
    }
  | { readonly kind: "abort"; readonly why: string }
);

/** A line of `metrics/status.jsonl`: one poll of one replica. `up` false = no answer. */
export interface StatusSample {
  /** Its number, from 0; absent in runs of older versions. */
  readonly index?: number;
  readonly time: number;
  readonly replica: number;
  readonly up: boolean;
  readonly status?: CoreStatus;
  readonly stateDigest?: string;
  readonly peers?: Readonly<Record<string, PeerCounters>>;
  readonly process?: { readonly rssBytes: number; readonly cpuSeconds: number };
  /** What its log takes on its disk, where it writes one. */
  readonly logBytes?: number;
}

/** A line of `metrics/replicas.jsonl`: what one replica said that it has counted. */
export interface ReplicaMetrics {
  readonly index?: number;
  readonly time: number;
  readonly replica: number;
  /** By series, written as in a query but for the labels that all of the run's have. */
  readonly values: Readonly<Record<string, number>>;
}

/** `run.json` */
export interface RunInfo {
  readonly id: string;
  readonly scenario: string;
  readonly seed: number;
  readonly driver: string;
  readonly startedAt: string;
  /** CLOCK_MONOTONIC of the zero instant, ns, as a decimal string. */
  readonly zero: string;
  /** The zero instant on the clock of the wall; absent in runs of older versions. */
  readonly zeroAt?: string;
  readonly rerun: string;
  readonly host: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly harness: HarnessState;
  readonly residue: readonly string[];
  /** Bytes of each file of lines when the run was over; absent if it never came to that. */
  readonly files?: Readonly<Record<string, number>>;
  /** Of the same files, the plan and the totals; absent in runs of older versions, too. */
  readonly seals?: Readonly<Record<string, Seal>>;
}

export type HarnessState =
  | { readonly state: "ok" }
  | { readonly state: "aborted"; readonly why: string }
  | { readonly state: "failed"; readonly why: string };

/** Counts the generator keeps: shed operations were never issued. */
export interface WorkloadTotals {
  readonly shed: number;
}

/** Everything a checker or a report may look at. */
export interface Observations {
  readonly run: RunInfo;
  readonly plan: Plan;
  readonly history: readonly HistoryEvent[];
  readonly ledger: readonly LedgerEntry[];
  /** By replica id. A missing log makes the run INCONCLUSIVE. */
  readonly audits: ReadonlyMap<number, readonly AuditRecord[]>;
  readonly samples: readonly StatusSample[];
  /** Empty in runs of older versions. */
  readonly metrics: readonly ReplicaMetrics[];
  readonly workload: WorkloadTotals;
  /** What may be missing from all this. */
  readonly completeness: Completeness;
}

export interface Completeness {
  /**
   * Files that do not reach to the end of the run, each with the time (ns) before which nothing is
   * missing from it. A file that is not named is whole.
   */
  readonly files: ReadonlyMap<string, number>;
  /**
   * Whatever was injected before this time is in the ledger. Infinity unless lines of it are lost:
   * an intent is on the disk before the act, so a harness that dies leaves none out.
   */
  readonly injectionsUntil: number;
  /** Whether the run went on to its planned end; one that was broken off has not come to rest. */
  readonly ended: boolean;
  /**
   * Whether a file is not the one that the run wrote, nor a beginning of it. Nothing of such a file
   * is read, and a store that somebody has changed is evidence for nothing.
   */
  readonly changed: boolean;
}
