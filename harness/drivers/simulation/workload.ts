import type { Completion } from "../../../nodes/protocols/contract/core.ts";
import type {
  Operation,
  ServiceDefinition,
  ServiceOptions,
} from "../../../nodes/protocols/contract/service.ts";
import type { HistoryRecorder } from "../../observations/history.ts";
import type { GeneratorInput, Issue, WorkloadGenerator } from "../../workloads/generator.ts";
import type { Kernel } from "./kernel.ts";

export interface WorkloadParts {
  readonly kernel: Kernel;
  readonly generator: WorkloadGenerator;
  readonly service: ServiceDefinition;
  readonly options: ServiceOptions;
  readonly history: HistoryRecorder;
  /** Virtual time of the run's zero instant: history times count from it. */
  readonly zeroMs: () => number;
  readonly onCompleted?: (operation: CompletedOperation) => void;
}

export interface CompletedOperation {
  readonly outcome: Completion["outcome"];
  readonly intendedMs: number;
  readonly invokedMs: number;
  readonly completedMs: number;
}

export interface FinalReads {
  /** From 0. */
  readonly client: number;
  readonly keys: readonly string[];
  readonly deadlineMs: number;
}

export interface Question {
  readonly client: number;
  readonly operation: Operation;
  readonly final: boolean;
}

/** Lets the generator drive the kernel's clients and writes down what they did. */
export class SimulatedWorkload {
  readonly #parts: WorkloadParts;
  #wakeAtMs: number | null = null;

  constructor(parts: WorkloadParts) {
    this.#parts = parts;
  }

  /** No operation is outstanding and none will be issued. */
  get idle(): boolean {
    return this.#parts.generator.idle;
  }

  start(): void {
    this.#feed({ kind: "start" });
  }

  stop(): void {
    this.#feed({ kind: "stop" });
  }

  /**
   * `client` reads `keys` one after another through the ordered path, each until it is answered;
   * `done` is called after the last. Only while that client has nothing outstanding.
   * @param deadlineMs after this virtual time an unanswered read is not tried again
   */
  readAll({ client, keys, deadlineMs }: FinalReads, done: (answered: boolean) => void): void {
    const [key, ...rest] = keys;
    if (key === undefined) {
      done(true);
      return;
    }
    const { kernel } = this.#parts;
    this.ask({ client, operation: { f: "read", key }, final: true }, (answered) => {
      if (answered) this.readAll({ client, keys: rest, deadlineMs }, done);
      else if (kernel.now < deadlineMs) this.readAll({ client, keys, deadlineMs }, done);
      else done(false);
    });
  }

  /** One operation beside the generator's. */
  ask({ client, operation, final }: Question, done: (answered: boolean) => void): void {
    const issue: Issue = { client, operation, intendedMs: this.#parts.kernel.now };
    this.#invoke(issue, final, (outcome) => done(outcome === "ok"));
  }

  /** What is still outstanding ends unknown: nobody will hear its answer. */
  end(): void {
    const { history, kernel } = this.#parts;
    for (const client of history.outstanding()) {
      history.unknown(client, { time: this.#time(kernel.now) });
    }
  }

  #feed(input: GeneratorInput): void {
    const { generator, kernel } = this.#parts;
    const issues = generator.step(input, kernel.now);
    for (const issue of issues) this.#issue(issue);
    this.#wake();
  }

  #issue(issue: Issue): void {
    const { client } = issue;
    this.#invoke(issue, false, (outcome, result) => {
      const input = { kind: "completed", client } as const;
      this.#feed(result === null || outcome !== "ok" ? input : { ...input, result });
    });
  }

  #wake(): void {
    const { generator, kernel } = this.#parts;
    const wakeAtMs = generator.nextWakeMs();
    if (wakeAtMs === null || wakeAtMs === this.#wakeAtMs) return;
    this.#wakeAtMs = wakeAtMs;
    kernel.at(wakeAtMs, () => {
      if (this.#wakeAtMs !== wakeAtMs) return;
      this.#wakeAtMs = null;
      this.#feed({ kind: "tick" });
    });
  }

  #invoke(
    { client, operation, intendedMs }: Issue,
    final: boolean,
    done: (outcome: Completion["outcome"], result: ReturnType<ServiceDefinition["decode"]>) => void,
  ): void {
    const { kernel, service, options, history } = this.#parts;
    const id = kernel.clients.idOf(client);
    const invokedMs = kernel.now;
    const bytes = service.encode(operation, options);
    const t = kernel.invoke(client, bytes, (completion) => {
      const time = this.#time(kernel.now);
      const result = completion.outcome === "ok" ? this.#decode(operation, completion) : null;
      if (completion.outcome === "ok") history.ok(id, result, { time, view: completion.view });
      else if (completion.outcome === "unknown") history.unknown(id, { time });
      else history.refused(id, { time, because: completion.because });
      const { outcome } = completion;
      this.#parts.onCompleted?.({ outcome, intendedMs, invokedMs, completedMs: kernel.now });
      done(outcome, result);
    });
    const time = this.#time(invokedMs);
    const rest = final ? { final } : {};
    history.invoke(id, operation, { time, intended: this.#time(intendedMs), t, ...rest });
  }

  #decode(operation: Operation, { result }: Extract<Completion, { outcome: "ok" }>) {
    return this.#parts.service.decode(operation, result);
  }

  #time(ms: number): number {
    return Math.round((ms - this.#parts.zeroMs()) * 1e6);
  }
}
