/** Turns a history in the field's shape into the calls of each key that the search takes. */

import type { Model, Step } from "../../../../nodes/protocols/contract/model.ts";
import type { Call } from "./call.ts";

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
  const type = completion?.type === "fail" ? "fail" : "ok";
  const step = model.stepOf(invoke, completion === null ? null : { ...completion, type });
  if (step?.kind === "misfit") throw new HistoryError(at, step.why);
  return step;
}
