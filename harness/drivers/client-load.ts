/**
 * The load of the logical clients as a step machine: plays the generator, writes the history, keeps
 * the figures. It has no clock and waits for nothing: its world tells the time, carries the
 * operations and calls `tick` when it was asked to. The last logical client is kept out of the
 * generator's hands: it makes the known-good probe and the final reads, and is therefore always
 * free.
 */
import { type Completion, clientId, type NodeId } from "../../nodes/protocols/contract/core.ts";
import type {
  Operation,
  ServiceDefinition,
  ServiceOptions,
} from "../../nodes/protocols/contract/service.ts";
import { HistoryRecorder } from "../observations/history.ts";
import type { HistoryEvent } from "../observations/observations.ts";
import { goodClients } from "../plan/hosted-clients.ts";
import { keyName, keyNames } from "../plan/keys.ts";
import type { PlannedWorkload } from "../plan/plan.ts";
import { createGenerator } from "../workloads/generate.ts";
import type { GeneratorInput, Issue, WorkloadGenerator } from "../workloads/generator.ts";
import { FinalReads, type FinalReadsParts } from "./final-reads.ts";

export interface ClientLoadParts {
  /** The number of the client host. */
  readonly host: number;
  readonly workload: PlannedWorkload;
  readonly service: ServiceDefinition;
  readonly serviceOptions: ServiceOptions;
  /** Receives events with times of its world's clock, in ns. */
  readonly emit: (event: HistoryEvent) => void;
  /** The world's clock, in ms. */
  readonly now: () => number;
  /**
   * Only while that client has nothing outstanding.
   * @param client from 0
   * @returns the request's timestamp `t`; the request itself leaves after this call has returned
   */
  readonly invoke: (
    client: number,
    operation: Uint8Array,
    onCompletion: (completion: Completion) => void,
  ) => number;
  /** Asks for a `tick` at that time; what was asked for before is no longer wanted. */
  readonly wakeAt: (ms: number) => void;
}

export interface LoadFigures {
  readonly issued: number;
  readonly ok: number;
  readonly unknown: number;
  readonly shed: number;
  /** No operation is outstanding and none will be issued. */
  readonly idle: boolean;
  /** Over the last second. */
  readonly operationsPerSecond: number;
  readonly p99Ms: number | null;
}

export interface Question {
  /** From 0. */
  readonly client: number;
  readonly operation: Operation;
  /** A read that the judge may rely on: made after the last heal. */
  readonly final: boolean;
}

export interface Verification extends Pick<FinalReadsParts, "deadlineMs"> {
  /** Left out: those of the workload. */
  readonly keys?: readonly string[] | undefined;
}

interface Answer {
  readonly outcome: Completion["outcome"];
  readonly result: ReturnType<ServiceDefinition["decode"]>;
}

interface Done {
  readonly atMs: number;
  readonly latencyMs: number;
}

const FINAL_READS_GRACE_MS = 5_000;

export class ClientLoad {
  readonly #parts: ClientLoadParts;
  readonly #generator: WorkloadGenerator;
  readonly #recorder: HistoryRecorder;
  readonly #counts = { issued: 0, ok: 0, unknown: 0 };
  #recent: Done[] = [];
  #wakeAtMs: number | null = null;
  #over = false;

  constructor(parts: ClientLoadParts) {
    this.#parts = parts;
    this.#generator = createGenerator(parts.workload, parts.service);
    this.#recorder = new HistoryRecorder(parts.emit);
  }

  /** How long the final reads are tried again: one may have to time out before the next answers. */
  static finalReadsMs({ operationTimeoutMs }: { readonly operationTimeoutMs: number }): number {
    return operationTimeoutMs + FINAL_READS_GRACE_MS;
  }

  get idle(): boolean {
    return this.#generator.idle;
  }

  /** Operations that were asked for so far. */
  get issued(): number {
    return this.#counts.issued;
  }

  get shed(): number {
    return this.#generator.shed;
  }

  switch(on: boolean): void {
    this.#feed({ kind: on ? "start" : "stop" });
  }

  /** @param atMs the time that was asked for */
  tick(atMs: number): void {
    if (this.#over || this.#wakeAtMs !== atMs) return;
    this.#wakeAtMs = null;
    this.#feed({ kind: "tick" });
  }

  harmless(key: string): Operation {
    return harmless(this.#parts.service, key);
  }

  /** One operation of the client that is kept apart: `done` hears whether it was answered. */
  probe(done: (answered: boolean) => void): void {
    this.ask({ client: this.#spare, operation: this.harmless(keyName(0)), final: false }, done);
  }

  /** The final reads of every key, in order, by the client that is kept apart. */
  verify({ deadlineMs, keys: given }: Verification, done: (complete: boolean) => void): FinalReads {
    const client = this.#spare;
    const { service, workload, now } = this.#parts;
    const reads = service.operations.includes("read");
    const keys = reads ? (given ?? keyNames(workload.keys)) : [keyName(0)];
    const final = new FinalReads({
      keys,
      // Nothing depends on whether the one of a service without reads is answered later.
      deadlineMs: reads ? deadlineMs : -Infinity,
      now,
      done,
      read: (key, answered) => {
        this.ask({ client, operation: this.harmless(key), final: true }, answered);
      },
    });
    final.begin();
    return final;
  }

  /** One operation beside the generator's. */
  ask({ client, operation, final }: Question, done: (answered: boolean) => void): void {
    const issue: Issue = { client, operation, intendedMs: this.#parts.now() };
    this.#issue(issue, { final }, ({ outcome }) => done(outcome === "ok"));
  }

  /** What is still outstanding is over now: nobody will hear its answer. */
  end(): void {
    this.#over = true;
    const time = nanoseconds(this.#parts.now());
    for (const client of this.#recorder.outstanding()) {
      this.#recorder.unknown(client, { time });
      this.#counts.unknown += 1;
    }
  }

  figures(): LoadFigures {
    const nowMs = this.#parts.now();
    this.#recent = this.#recent.filter(({ atMs }) => nowMs - atMs < 1_000);
    const latencies = this.#recent.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
    return {
      ...this.#counts,
      shed: this.shed,
      idle: this.idle,
      operationsPerSecond: latencies.length,
      p99Ms: latencies[Math.ceil(latencies.length * 0.99) - 1] ?? null,
    };
  }

  get #spare(): number {
    return goodClients(this.#parts.workload) - 1;
  }

  #feed(input: GeneratorInput): void {
    for (const issue of this.#generator.step(input, this.#parts.now())) {
      const { client } = issue;
      this.#issue(issue, { final: false }, ({ outcome, result }) => {
        const completed = { kind: "completed", client } as const;
        this.#feed(outcome !== "ok" || result === null ? completed : { ...completed, result });
      });
    }
    this.#wake();
  }

  #wake(): void {
    const wakeAtMs = this.#generator.nextWakeMs();
    if (wakeAtMs === null || wakeAtMs === this.#wakeAtMs) return;
    this.#wakeAtMs = wakeAtMs;
    this.#parts.wakeAt(wakeAtMs);
  }

  #issue(
    { client: index, operation, intendedMs }: Issue,
    { final }: Pick<Question, "final">,
    then: (answer: Answer) => void,
  ): void {
    const { host, service, serviceOptions, now, invoke } = this.#parts;
    const client = clientId({ host, index: index + 1 });
    const time = nanoseconds(now());
    const t = invoke(index, service.encode(operation, serviceOptions), (completion) => {
      if (this.#over) return;
      const result = this.#record(client, operation, completion);
      const { outcome } = completion;
      const atMs = now();
      if (outcome === "ok") this.#recent.push({ atMs, latencyMs: atMs - intendedMs });
      then({ outcome, result });
    });
    this.#counts.issued += 1;
    const intended = nanoseconds(intendedMs);
    this.#recorder.invoke(client, operation, { time, intended, t, final });
  }

  #record(client: NodeId, operation: Operation, completion: Completion): Answer["result"] {
    const time = nanoseconds(this.#parts.now());
    switch (completion.outcome) {
      case "unknown":
        this.#counts.unknown += 1;
        this.#recorder.unknown(client, { time });
        return null;
      case "refused":
        this.#recorder.refused(client, { time, because: completion.because });
        return null;
      case "ok": {
        this.#counts.ok += 1;
        const result = this.#parts.service.decode(operation, completion.result);
        this.#recorder.ok(client, result, { time, view: completion.view });
        return result;
      }
      default:
        return completion satisfies never;
    }
  }
}

/** What changes nothing: a read of the key, where the service has reads. */
export function harmless({ operations }: ServiceDefinition, key = keyName(0)): Operation {
  return operations.includes("read") ? { f: "read", key } : { f: "null" };
}

function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}
