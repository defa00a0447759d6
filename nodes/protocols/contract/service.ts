import type { Entry } from "../state/page.ts";
import type { Change } from "../state/page-tree.ts";
import type { Model } from "./model.ts";

/**
 * A part of the replicated state as values under distinct keys: equal states have equal entries.
 * Checkpoints ask for what changed, so that their cost follows the changes and not the state.
 */
export interface KeyedState {
  /** All of it, in any order. */
  entries(): Iterable<Entry>;
  /** What is different, or may be, since the last call; at first everything that is there. */
  takeChanges(): Iterable<Change>;
  /** Replaces all of it, which then counts as taken. The bytes are lent: what is kept is copied. */
  restore(entries: Iterable<Entry>): void;
}

/**
 * The replicated state machine: deterministic and synchronous. It must answer any bytes without
 * throwing, with a result of `RESULT_BYTES_MAX` at most and no value above `VALUE_BYTES_MAX` in its
 * state: what would pass them is refused, which is a result like any other and changes nothing.
 */
export interface Service extends KeyedState {
  /** @returns the result; identical on every replica that executed the same prefix */
  execute(operation: Uint8Array): Uint8Array;
}

export type OperationKind = "read" | "write" | "append" | "cas" | "delete" | "null";

/** What a client asks, in the words of the history (harness §3.5). `cas` carries `[from, to]`. */
export type Operation =
  | { readonly f: "read" | "delete"; readonly key: string }
  | { readonly f: "write" | "append"; readonly key: string; readonly value: string }
  | {
      readonly f: "cas";
      readonly key: string;
      readonly value: readonly [from: string | null, to: string];
    }
  | { readonly f: "null" };

/**
 * What an operation observed. `read`: the value or null; `write`, `append`, `delete`, `null`: null;
 * `cas`: whether it swapped (a failed cas is an observation: the expected value was not there).
 * `refused`: the limits forbid it; it changed nothing and says nothing about the state.
 */
export interface OperationResult {
  readonly ok: boolean;
  readonly value: string | null;
  readonly refused?: string;
}

export interface ServiceDefinition {
  readonly name: string;
  readonly summary: string;
  readonly operations: readonly OperationKind[];
  /**
   * What a history of it is judged by; null for a service that keeps nothing that could be read.
   */
  readonly model: Model | null;
  create(options: ServiceOptions): Service;
  /**
   * One to one over its operations: other operations have other bytes, since checks tell what was
   * executed from the digests of the bytes.
   */
  encode(operation: Operation, options: ServiceOptions): Uint8Array;
  /** @returns null if the bytes are no result of that operation */
  decode(operation: Operation, result: Uint8Array): OperationResult | null;
}

/** Of the null operation, in bytes. */
export interface ServiceOptions {
  readonly argumentBytes: number;
  readonly resultBytes: number;
}
