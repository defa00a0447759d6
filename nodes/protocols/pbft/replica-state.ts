/**
 * Everything a PBFT replica knows (protocols §3). The files beside it are the rules, one paper
 * section each, as functions over this state; `pbft.ts` routes inputs to them.
 */

import { Allowances } from "../allowances.ts";
import { assert } from "../assert.ts";
import { CheckMeter } from "../authentication/check-meter.ts";
import type { AuthenticationScheme } from "../authentication/scheme.ts";
import { backedOffMs, TIMEOUT_MS_MAX } from "../back-off.ts";
import { ClientTable } from "../client-table.ts";
import type { AuditEvent } from "../contract/audit.ts";
import type { Digester } from "../contract/authenticator.ts";
import type { Effects } from "../contract/core.ts";
import type { ClusterParameters, ReplicaOptions } from "../contract/protocol.ts";
import { primaryOf, quorumSize, weakQuorumSize } from "../quorum.ts";
import { RateLimit } from "../rate-limit.ts";
import { Rejections } from "../rejections.ts";
import { LoggedPages } from "../state/logged-pages.ts";
import type { PageNode } from "../state/page.ts";
import { ReplicatedState } from "../state/replicated-state.ts";
import { CatchingUp } from "./catching-up.ts";
import { CheckpointStore, type WrongState } from "./checkpoint-store.ts";
import { MessageLog } from "./log.ts";
import type { Vote } from "./messages.ts";
import { RequestQueue } from "./request-queue.ts";
import { ServedSnapshots } from "./served-snapshots.ts";
import { Shelf } from "./shelf.ts";
import type { StateTransfer } from "./transfer-progress.ts";
import type { Marks, Variant } from "./variant.ts";

export const TIMERS = {
  /** `Treq` */
  request: "request",
  /** `Tvc` */
  viewChange: "view-change",
  status: "status",
  transfer: "transfer",
  /** What one step after the other made due leaves together. */
  relay: "relay",
  proposal: "proposal",
} as const;

export class ReplicaState {
  readonly id: number;
  readonly cluster: ClusterParameters;
  readonly quorum: number;
  readonly weakQuorum: number;
  readonly variant: Variant;
  readonly service: ReplicaOptions["service"];

  view = 0;
  /** False from sending VIEW-CHANGE until entering the view. */
  active = true;
  /** The primary's last assigned number in this view. */
  sequence = 0;
  lastExec = 0;
  readonly log = new MessageLog();
  readonly clients = new ClientTable();
  readonly requests: RequestQueue;
  /** Service and client table: what checkpoints and transfers are about. */
  readonly content: ReplicatedState;
  readonly checkpoints = new CheckpointStore();
  readonly loggedPages = new LoggedPages();
  readonly served = new ServedSnapshots();

  /** `k`: time-outs are T * 2^k. */
  backoff = 0;
  executionsSinceTimeout = 0;
  executedInView = false;
  /**
   * The turn of the queue for which `Treq` runs, or a number that is overdue, as a negative one.
   * Null while it does not run.
   */
  requestTimerFor: number | null = null;
  /** What is not executed for long, here or by W others; as of the last STATUS. */
  overdue:
    | (Pick<Vote, "view" | "sequence"> & {
        readonly isExecuted: boolean;
        /** When it was found first, ms. */
        readonly since: number;
      })
    | null = null;
  readonly catchingUp = new CatchingUp();
  viewChangeTimerRuns = false;
  /** When the primary's next batch is due, ms; null: no timer runs for it. */
  proposalAt: number | null = null;
  /** When the last one was proposed, ms. */
  proposedAt = Number.NEGATIVE_INFINITY;

  transfer: StateTransfer | null = null;
  transferTimerRuns = false;
  /** The number of the last FETCH-STATE, in whichever transfer. */
  stateQuestions = 0;
  /**
   * Own state differs from a stable checkpoint: nothing is executed until state is fetched
   * (protocols §7.5). Null: nothing shows that it does.
   */
  corrupt: WrongState | null = null;
  /**
   * True while the log is replayed: clients got their replies before the crash, or will ask again.
   */
  replaying = false;

  /** What came before its time. */
  readonly shelf = new Shelf();
  readonly allowances: Allowances;
  readonly limits: {
    readonly status: RateLimit;
    /** Bodies, PRE-PREPAREs again, view messages: in units of `PAGES_ANSWER_BYTES`. */
    readonly answers: RateLimit;
    /** Apart from bodies: who asks for many of those must still get the state (drawn-77-034). */
    readonly fetchState: RateLimit;
  };
  readonly rejections = new Rejections();
  readonly meter = new CheckMeter();
  /** It digests, whatever else it can do for whom the variant hands it to. */
  readonly #digester: Digester;
  readonly counters = {
    batches: 0,
    requests: 0,
    viewChanges: 0,
    newViews: 0,
    stateTransfers: 0,
    statePagesFetched: 0,
    stateBytesFetched: 0,
    checkpoints: 0,
    retransmissions: 0,
    /** Verifications that frames cost which were then rejected. */
    rejectedWork: 0,
  };

  now = 0;
  #effects: Effects | null = null;
  #bytesSinceCompaction = 0;

  constructor(
    { id, cluster, service, authenticator }: ReplicaOptions<Digester>,
    variantOf: (state: ReplicaState) => Variant,
  ) {
    assert(
      cluster.window >= 2 * cluster.checkpointInterval,
      "the window is at least 2K (protocols §1.3)",
    );
    this.id = id;
    this.cluster = cluster;
    this.quorum = quorumSize(cluster);
    this.weakQuorum = weakQuorumSize(cluster);
    this.requests = new RequestQueue(cluster);
    this.#digester = authenticator;
    this.allowances = new Allowances(cluster);
    this.service = service;
    this.content = new ReplicatedState({
      service,
      clients: this.clients,
      digest: (bytes) => this.digest(bytes),
    });
    const { statusMs } = cluster.timers;
    this.limits = {
      // An honest peer sends one; on a loaded machine those of several periods come at once.
      status: new RateLimit({ perPeriod: 4, periodMs: statusMs }),
      answers: new RateLimit({ perPeriod: 64, periodMs: statusMs }),
      fetchState: new RateLimit({ perPeriod: 64, periodMs: statusMs }),
    };
    this.variant = variantOf(this);
  }

  /** Effects are lent to the state for one step. */
  begin(now: number, effects: Effects): void {
    this.now = now;
    this.#effects = effects;
    this.meter.begin();
  }

  get effects(): Effects {
    assert(this.#effects !== null, "effects are used inside a step only");
    return this.#effects;
  }

  get scheme(): AuthenticationScheme {
    return this.variant.scheme;
  }

  get replies(): AuthenticationScheme {
    return this.variant.replies ?? this.scheme;
  }

  get marks(): Marks {
    return this.variant.marks;
  }

  mayOrder(sequence: number): boolean {
    const { floor, top } = this.marks;
    return sequence > floor && (sequence <= top || this.marks.isSelected(sequence));
  }

  primary(view = this.view): number {
    return primaryOf(view, this.cluster);
  }

  get isPrimary(): boolean {
    return this.primary() === this.id;
  }

  timeoutMs(): number {
    return backedOffMs(this.cluster.timers.requestMs, this.backoff);
  }

  /** `k` grows no further than it makes a difference: it has to shrink again (protocols §10.1). */
  backOff(): void {
    if (this.timeoutMs() < TIMEOUT_MS_MAX) this.backoff += 1;
  }

  digest(bytes: Uint8Array): string {
    return this.#digester.digest(bytes);
  }

  audit(event: AuditEvent): void {
    this.effects.audit(event);
  }

  /**
   * Bad input: rejected, counted, traced; never an assertion.
   * @param from the channel's peer, or the author once its signature is verified
   */
  reject(type: string, from: number, reason: string): void {
    const line = this.rejections.count(type, from, reason);
    if (line) this.audit(line);
  }

  persist(record: Uint8Array): void {
    this.persistAll([record]);
  }

  persistAll(records: readonly Uint8Array[]): void {
    for (const { length } of records) this.#bytesSinceCompaction += length;
    this.effects.persist("append", records);
  }

  get bytesSinceCompaction(): number {
    return this.#bytesSinceCompaction;
  }

  /** A start: whatever the log holds beyond one state may have been written since. */
  counts(logged: readonly Uint8Array[]): void {
    const bytes = logged.reduce((sum, { length }) => sum + length, 0);
    this.#bytesSinceCompaction += Math.max(0, bytes - this.content.root.size);
  }

  compacted(): void {
    this.#bytesSinceCompaction = 0;
  }

  /** @returns false (nothing changed) if it is no state of this version */
  restore(root: PageNode): boolean {
    const before = [...this.requests.all()].map(
      ({ client }) => [client, this.clients.lastTimestamp(client)] as const,
    );
    if (!this.content.restore(root)) return false;
    for (const [client, last] of before) {
      const timestamp = this.clients.lastTimestamp(client);
      if (timestamp > last) this.requests.served(client, timestamp);
    }
    return true;
  }
}
