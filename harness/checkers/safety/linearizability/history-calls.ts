/** Turns a history in the field's shape into the calls of each key that the search takes. */
import type { Call } from "./call.ts";
import type { Step, Value } from "./step.ts";

export const MODELS = ["cas-register", "kv"] as const;
export type Model = (typeof MODELS)[number];

/** What this checker reads of a history event; ours and Jepsen's have more. */
export interface Event {
  readonly process: number | string;
  readonly type: "invoke" | "ok" | "fail" | "info";
  readonly f: string;
  readonly key?: string | number | null | undefined;
  readonly value?: unknown;
  /** On `fail`: it certainly did not happen, and saw nothing. */
  readonly error?: unknown;
}

/** A history that no client can have produced; `position` counts events from 0. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
  readonly position: number;

  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

export interface KeyHistory {
  readonly key: string | null;
  readonly calls: readonly HistoryCall[];
}

/** A call that remembers where in the history it came from. */
export interface HistoryCall extends Call {
  readonly process: number | string;
}

interface Pending {
  readonly invoked: number;
  readonly event: Event;
}

/**
 * The calls by key. Dropped, because they say nothing: reads without an answer, null operations,
 * and what `fail`ed without being a cas, or with an `error` (in this shape: it certainly never
 * happened).
 * @throws {HistoryError}
 */
export function keyHistories(events: readonly Event[], model: Model): readonly KeyHistory[] {
  const keys = new Map<string | null, HistoryCall[]>();
  const pending = new Map<number | string, Pending>();
  const add = ({ event, invoked }: Pending, completion: Event | null, at: number): void => {
    const step = stepOf(event, completion, { model, at });
    if (step === null) return;
    const returned = completion === null ? null : at;
    const key = event.key === undefined || event.key === null ? null : String(event.key);
    const calls = keys.get(key) ?? [];
    calls.push({ step, invoked, returned, process: event.process });
    keys.set(key, calls);
  };
  for (const [at, event] of events.entries()) {
    // Jepsen's own note of what it did to the cluster, no operation.
    if (event.process === "nemesis") continue;
    const open = pending.get(event.process);
    if (event.type === "invoke") {
      if (open !== undefined) {
        throw new HistoryError(at, `process ${event.process} already has an operation open`);
      }
      pending.set(event.process, { invoked: at, event });
      continue;
    }
    if (open === undefined) {
      throw new HistoryError(at, `${event.type} of process ${event.process} without an invoke`);
    }
    if (open.event.f !== event.f) {
      throw new HistoryError(at, `${event.f} completes an invoke of ${open.event.f}`);
    }
    pending.delete(event.process);
    add(open, event.type === "info" ? null : event, at);
  }
  for (const open of pending.values()) add(open, null, open.invoked);
  return [...keys].map(([key, calls]) => ({ key, calls }));
}

/** @param completion null = outcome unknown */
function stepOf(
  invoke: Event,
  completion: Event | null,
  { model, at }: { readonly model: Model; readonly at: number },
): Step | null {
  const failed = completion?.type === "fail";
  const value = (from: unknown): Value => valueOf(from, model, at);
  switch (invoke.f) {
    case "null":
      return null;
    case "read":
      if (completion === null || failed) return null;
      return { kind: "read", value: value(completion.value) };
    case "write":
      return failed ? null : { kind: "set", value: value(invoke.value) };
    case "cas": {
      const pair: unknown = invoke.value;
      if (!Array.isArray(pair) || pair.length !== 2) {
        throw new HistoryError(at, `the value of a cas is [from, to], not ${JSON.stringify(pair)}`);
      }
      const from = value(pair[0]);
      if (completion?.error !== undefined) return null;
      return failed ? { kind: "miss", from } : { kind: "swap", from, to: value(pair[1]) };
    }
    case "append":
    case "delete":
      if (model === "cas-register") break;
      if (failed) return null;
      if (invoke.f === "delete") return { kind: "set", value: null };
      return { kind: "append", value: value(invoke.value) ?? "" };
    default:
      break;
  }
  throw new HistoryError(at, `the model ${model} has no operation ${JSON.stringify(invoke.f)}`);
}

function valueOf(value: unknown, model: Model, at: number): Value {
  if (value === null || value === undefined) return null;
  if (model === "cas-register") return JSON.stringify(value);
  if (typeof value !== "string" && typeof value !== "number") {
    throw new HistoryError(at, `a value of kv is a string or null, not ${JSON.stringify(value)}`);
  }
  // An absent key reads as null or as the empty string.
  return value === "" ? null : String(value);
}
