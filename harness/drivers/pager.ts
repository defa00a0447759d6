/**
 * The health checks behind the operator's pager: one rule for every world. It cries once when a
 * check turns red, and again only after it was green.
 */
import type { Endpoint } from "../../faults/fault.ts";

export interface Alarm {
  readonly by: string;
  readonly what: string;
  /** Whom it is about; left out where it is about the service. */
  readonly about?: Endpoint;
}

/** Who cries. */
const HEALTH_CHECK = "the health check";
const SERVICE = "service";
/** So many periods of STATUS without an answer. */
const SILENT_PERIODS = 3;

export class Pager {
  readonly #statusMs: number;
  readonly #requestMs: number;
  readonly #answeredMs = new Map<Endpoint, number>();
  readonly #red = new Set<string>();

  constructor({ statusMs, requestMs }: { readonly statusMs: number; readonly requestMs: number }) {
    this.#statusMs = statusMs;
    this.#requestMs = requestMs;
  }

  /** A replica was asked for its STATUS. */
  polled(replica: Endpoint, answered: boolean, nowMs: number): Alarm | null {
    const lastMs = this.#answeredMs.get(replica) ?? nowMs;
    this.#answeredMs.set(replica, answered ? nowMs : lastMs);
    const silentMs = nowMs - lastMs;
    const isRed = !answered && silentMs > SILENT_PERIODS * this.#statusMs;
    const what = `${replica} has not answered for ${Math.round(silentMs)} ms`;
    return this.#turned(replica, isRed) ? { by: HEALTH_CHECK, what, about: replica } : null;
  }

  /** @param silentMs as long somebody has waited and nobody was answered; null = nobody waits */
  served(silentMs: number | null): Alarm | null {
    const isRed = silentMs !== null && silentMs > this.#requestMs;
    const what = `no client was answered for ${Math.round(silentMs ?? 0)} ms`;
    return this.#turned(SERVICE, isRed) ? { by: HEALTH_CHECK, what } : null;
  }

  /** @returns whether it turned red just now */
  #turned(check: string, isRed: boolean): boolean {
    const wasRed = this.#red.has(check);
    if (isRed) this.#red.add(check);
    else this.#red.delete(check);
    return isRed && !wasRed;
  }
}
