/** Types of the module `k6/x/bft`. */

/** How an operation ended. A script is never thrown at for what the cluster does. */
export interface Ending<Value> {
  /**
   * `ok`: it happened. `fail`: it certainly changed nothing, because a `cas` found another value
   * (without `error`), or because a limit forbids it (with `error`). `unknown`: no answer in time,
   * so it may still happen.
   */
  readonly outcome: "ok" | "fail" | "unknown";
  readonly value: Value;
  /** The view that f+1 replicas answered in; null without an answer. */
  readonly view: number | null;
  readonly error?: string;
}

/** A phase of the load, for the tag `phase`. */
export interface Phase {
  readonly name: string;
  /** Like `10s`; the last phase needs none, and lasts. */
  readonly duration?: string;
}

export interface ClientOptions {
  /** The configuration of a client host, parsed: as the TypeScript client reads it. */
  readonly host: object;
  /** Where to write what `bft-chaos check` reads, a JSON event a line. */
  readonly history?: string;
  /** Counted from the start of the scenario. */
  readonly phases?: readonly Phase[];
  /** Whose times the history has: from the first operation, or the host's monotonic clock. */
  readonly clock?: "start" | "host";
  /**
   * With `stdin` the load is over at the end of k6's standard input: nothing more is sent, what is
   * outstanding is awaited, and then the test is stopped.
   */
  readonly until?: "stdin";
}

/**
 * A client of the cluster. All clients of one configuration share its logical clients and one
 * connection to each replica, whatever number of virtual users there are.
 */
export class Client {
  /** @param options none: those in the file (JSON) that the environment names as `BFT_CLIENT` */
  constructor(options?: ClientOptions);
  read(key: string): Promise<Ending<string | null>>;
  write(key: string, value: string): Promise<Ending<null>>;
  append(key: string, value: string): Promise<Ending<null>>;
  /** @param from the value that must be there; null: the key must be absent */
  cas(key: string, from: string | null, to: string): Promise<Ending<null>>;
  delete(key: string): Promise<Ending<null>>;
  /**
   * Bytes for whatever service the cluster runs, and its answer. With a history only null
   * operations (zero bytes), because no checker could judge others.
   */
  invoke(operation: ArrayBuffer | Uint8Array | string): Promise<Ending<ArrayBuffer | null>>;
}
