import type { Endpoint } from "../../../faults/fault.ts";
import type { SocketAddress } from "../../../nodes/runtime/config.ts";
import { DriverError } from "../driver.ts";
import type { Ending, ProcessLook, SpawnedProcess } from "../processes/platform.ts";

const LOOK_MS = 2_000;

/** A replica that runs already, and goes on when the run is over: it is only looked at. */
export class JoinedReplica implements SpawnedProcess {
  readonly title: string;
  readonly ending: Ending | null = null;
  readonly #status: string;

  constructor(name: Endpoint, { host, port }: SocketAddress) {
    this.title = `replica ${name} at ${host}:${port}`;
    this.#status = `http://${host}:${port}/status`;
  }

  onLine(listener: (line: unknown) => void): void {
    // It was ready long ago.
    queueMicrotask(() => listener({ ready: true }));
  }

  onEnd(): void {}

  tell(): void {
    throw outOfReach(this.title);
  }

  /** The end of the run, not of the replica. */
  async kill(): Promise<void> {}

  stop(): Promise<void> {
    return Promise.reject(outOfReach(this.title));
  }

  resume(): Promise<void> {
    return Promise.reject(outOfReach(this.title));
  }

  limit(): Promise<void> {
    return Promise.reject(outOfReach(this.title));
  }

  usage(): Promise<null> {
    return Promise.resolve(null);
  }

  async look(): Promise<ProcessLook> {
    try {
      const answer = await fetch(this.#status, { signal: AbortSignal.timeout(LOOK_MS) });
      return { state: "running", words: `${this.title} answers with ${answer.status}` };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { state: "gone", words: `${this.title} does not answer (${why})` };
    }
  }

  lastWords(): string {
    return "";
  }
}

/** No plan that the driver takes asks for it. */
export function outOfReach(what: string): DriverError {
  return new DriverError("OUT_OF_REACH", `${what} can only be looked at from here`);
}
