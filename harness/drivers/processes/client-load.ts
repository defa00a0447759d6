/**
 * The work of the client host process: plays the generator against the logical clients, writes the
 * history, keeps the figures for the progress line. The last logical client is kept out of the
 * generator's hands: it makes the known-good probe and the final reads, and is therefore always
 * free.
 */

import type { Completion, NodeId } from "../../../nodes/protocols/contract/core.ts";
import { clientId } from "../../../nodes/protocols/contract/core.ts";
import type {
  Operation,
  ServiceDefinition,
  ServiceOptions,
} from "../../../nodes/protocols/contract/service.ts";
import { HistoryRecorder } from "../../observations/history.ts";
import type { HistoryEvent } from "../../observations/observations.ts";
import { keyName } from "../../plan/keys.ts";
import type { PlannedWorkload } from "../../plan/plan.ts";
import { createGenerator } from "../../workloads/generate.ts";
import type { Issue, WorkloadGenerator } from "../../workloads/generator.ts";
import { monotonicMs, monotonicNs, sleep } from "../clock.ts";

/** @returns the request's timestamp `t`; the request itself leaves after this call has returned */
export type Invoke = (
  clientIndex: number,
  operation: Uint8Array,
  onCompletion: (completion: Completion) => void,
) => number;

export interface LoadOptions {
  readonly host: number;
  readonly workload: PlannedWorkload;
  readonly service: ServiceDefinition;
  readonly serviceOptions: ServiceOptions;
  readonly invoke: Invoke;
  /** Receives events with absolute monotonic times. */
  readonly emit: (event: HistoryEvent) => void;
}

export interface LoadFigures {
  readonly issued: number;
  readonly ok: number;
  readonly unknown: number;
  readonly shed: number;
  readonly idle: boolean;
  /** Over the last second. */
  readonly operationsPerSecond: number;
  readonly p99Ms: number | null;
}

interface Done {
  readonly atMs: number;
  readonly latencyMs: number;
}

export class ClientLoad {
  readonly #options: LoadOptions;
  readonly #generator: WorkloadGenerator;
  readonly #recorder: HistoryRecorder;
  #recent: Done[] = [];
  #wake = new AbortController();
  #over = false;
  readonly #counts = { issued: 0, ok: 0, unknown: 0 };

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#generator = createGenerator(options.workload, options.service);
    this.#recorder = new HistoryRecorder(options.emit);
  }

  /** How many logical clients the host needs: those of the workload and the one kept apart. */
  static clientsFor(workload: PlannedWorkload): number {
    return workload.clients + 1;
  }

  switch(on: boolean): void {
    this.#issueAll(this.#generator.step({ kind: on ? "start" : "stop" }, monotonicMs()));
    this.#wake.abort();
  }

  /** Ticks the generator when it wants it, until `end`. */
  async run(): Promise<void> {
    while (!this.#over) {
      const next = this.#generator.nextWakeMs();
      const waitMs = next === null ? 1_000 : Math.max(0, next - monotonicMs());
      await sleep(Math.min(waitMs, 1_000), this.#wake.signal);
      if (this.#wake.signal.aborted) this.#wake = new AbortController();
      if (!this.#over) this.#issueAll(this.#generator.step({ kind: "tick" }, monotonicMs()));
    }
  }

  /** One operation of the client that is kept apart. @returns whether it was answered in time */
  async probe(): Promise<boolean> {
    const { service } = this.#options;
    const operation: Operation = service.operations.includes("read")
      ? { f: "read", key: keyName(0) }
      : { f: "null" };
    return this.#ask(operation, { final: false });
  }

  /** The final reads of every key, in order; gives up at the first that stays without an answer. */
  async verify(): Promise<boolean> {
    const { service, workload } = this.#options;
    if (!service.operations.includes("read")) return this.#ask({ f: "null" }, { final: true });
    for (let key = 0; key < workload.keys; key++) {
      if (!(await this.#ask({ f: "read", key: keyName(key) }, { final: true }))) return false;
    }
    return true;
  }

  /** What is still outstanding is over now: nobody will hear its answer. */
  end(): void {
    this.#over = true;
    this.#wake.abort();
    const time = Number(monotonicNs());
    for (const client of this.#recorder.outstanding()) {
      this.#recorder.unknown(client, { time });
      this.#counts.unknown++;
    }
  }

  figures(): LoadFigures {
    const nowMs = monotonicMs();
    this.#recent = this.#recent.filter(({ atMs }) => nowMs - atMs < 1_000);
    const latencies = this.#recent.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    return {
      ...this.#counts,
      shed: this.#generator.shed,
      idle: this.#generator.idle,
      operationsPerSecond: latencies.length,
      p99Ms: latencies[Math.ceil(latencies.length * 0.99) - 1] ?? null,
    };
  }

  #issueAll(issues: readonly Issue[]): void {
    for (const { client, operation, intendedMs } of issues) {
      this.#issue({ index: client + 1, operation, intendedMs, final: false }, (completion) => {
        if (this.#over) return;
        const result = this.#resultOf(operation, completion);
        const input = { kind: "completed", client, ...(result ? { result } : {}) } as const;
        this.#issueAll(this.#generator.step(input, monotonicMs()));
      });
    }
  }

  #ask(operation: Operation, { final }: { final: boolean }): Promise<boolean> {
    const index = ClientLoad.clientsFor(this.#options.workload);
    return new Promise((resolve) => {
      this.#issue({ index, operation, intendedMs: monotonicMs(), final }, ({ outcome }) =>
        resolve(outcome === "ok"),
      );
    });
  }

  #issue(
    issue: { index: number; operation: Operation; intendedMs: number; final: boolean },
    then: (completion: Completion) => void,
  ): void {
    const { host, service, serviceOptions, invoke } = this.#options;
    const { index, operation, intendedMs, final } = issue;
    const client = clientId({ host, index });
    const time = Number(monotonicNs());
    const t = invoke(index, service.encode(operation, serviceOptions), (completion) => {
      if (this.#over) return;
      this.#record(client, operation, completion);
      if (completion.outcome === "ok") {
        const nowMs = monotonicMs();
        this.#recent.push({ atMs: nowMs, latencyMs: nowMs - intendedMs });
      }
      then(completion);
    });
    this.#counts.issued++;
    const intended = Math.round(intendedMs * 1e6);
    this.#recorder.invoke(client, operation, { time, intended, t, final });
  }

  #record(client: NodeId, operation: Operation, completion: Completion): void {
    const time = Number(monotonicNs());
    if (completion.outcome === "unknown") {
      this.#counts.unknown++;
      return this.#recorder.unknown(client, { time });
    }
    if (completion.outcome === "refused") {
      return this.#recorder.refused(client, { time, because: completion.because });
    }
    this.#counts.ok++;
    const result = this.#options.service.decode(operation, completion.result);
    this.#recorder.ok(client, result, { time, view: completion.view });
  }

  #resultOf(operation: Operation, completion: Completion) {
    if (completion.outcome !== "ok") return null;
    return this.#options.service.decode(operation, completion.result);
  }
}
