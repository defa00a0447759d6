/** One replica under test, and the keys of everybody else to write its mail with. */
import { passedOff } from "../../../faults/byzantine/forgeries/passed-off.ts";
import {
  type CreateAuthenticator,
  fastAuthenticators,
} from "../../../harness/drivers/simulation/authenticators.ts";
import { nullService } from "../../services/null.ts";
import type { ProofFrame } from "../authentication/scheme.ts";
import { Signatures } from "../authentication/signatures.ts";
import { parametersWith } from "../cluster-parameters.fixture.ts";
import type { AuditEvent } from "../contract/audit.ts";
import type { NodeAuthenticator } from "../contract/authenticator.ts";
import {
  clientId,
  type Effects,
  type Input,
  type NodeId,
  type ReplicaCore,
} from "../contract/core.ts";
import type { ClusterParameters, Protocol } from "../contract/protocol.ts";
import type { Envelope } from "../wire/envelope.ts";
import {
  type Batch,
  decodeRequest,
  encodeRequest,
  makeBatch,
  type Request,
} from "../wire/request.ts";
import {
  CHECKPOINT,
  COMMIT,
  decodeVote,
  encodeCheckpoint,
  encodeNewView,
  encodeStatus,
  encodeViewChange,
  encodeViews,
  encodeVote,
  NEW_VIEW,
  PRE_PREPARE,
  PREPARE,
  STATUS,
  VIEW_CHANGE,
  type ViewChange,
  type Vote,
} from "./messages.ts";
import { TIMERS } from "./replica-state.ts";
import { pbftSig } from "./variants/pbft-sig.ts";

export interface Sent {
  readonly to: NodeId | "all";
  readonly type: number;
  readonly bytes: Uint8Array;
  readonly envelope: Envelope;
  /** Of PRE-PREPARE, PREPARE and COMMIT. */
  readonly vote: Vote | null;
}

export const ALICE = clientId({ host: 0, index: 1 });
export const BOB = clientId({ host: 0, index: 2 });
export const HOST = clientId({ host: 0, index: 0 });

const PARAMETERS = parametersWith({ epoch: 7 });

const OPTIONS = { argumentBytes: 0, resultBytes: 0 };

export class Bed {
  readonly cluster: ClusterParameters;
  readonly id: number;
  core: ReplicaCore;
  now = 0;
  /** Everything persisted, `replace` applied. */
  disk: Uint8Array[] = [];
  readonly timers = new Map<string, number>();
  readonly audits: AuditEvent[] = [];
  readonly #authenticatorOf: CreateAuthenticator;
  /** Signatures that the core under test has verified. */
  verifications = 0;
  #sent: Sent[] = [];
  #journal: string[] = [];
  /** `journal` of all steps so far. */
  readonly history: string[] = [];

  readonly #createReplica: Protocol["createReplica"];

  constructor(
    id: number,
    parameters: Partial<ClusterParameters> = {},
    createReplica: Protocol["createReplica"] = pbftSig.createReplica,
    authenticators = (nodes: readonly NodeId[]) => fastAuthenticators(1, nodes),
  ) {
    this.id = id;
    this.#createReplica = createReplica;
    this.cluster = { ...PARAMETERS, ...parameters };
    const ids = Array.from({ length: this.cluster.replicas }, (_, replica) => replica);
    this.#authenticatorOf = authenticators([...ids, ALICE, BOB]);
    this.core = this.#create();
    this.step({ kind: "recovered", records: [] });
    this.#sent = [];
  }

  /** What `persist` and `send` did, in order, of the last step: `persist`, `send 4`, ... */
  get journal(): readonly string[] {
    return this.#journal;
  }

  envelopes(node: NodeId): Signatures {
    return new Signatures(this.cluster, this.#authenticatorOf(node));
  }

  /** A tick with this input alone. */
  step(input: Input): Sent[] {
    return this.tick([input]);
  }

  tick(inputs: readonly Input[]): Sent[] {
    this.#sent = [];
    this.#journal = [];
    for (const input of inputs) this.core.step(input, this.now, this.#effects());
    this.#expireTimers();
    this.history.push(...this.#journal);
    return this.#sent;
  }

  receive(from: NodeId, ...frames: readonly Uint8Array[]): Sent[] {
    return frames.flatMap((bytes) => this.step({ kind: "frame", from, bytes }));
  }

  fire(id: string): Sent[] {
    this.now += this.timers.get(id) ?? 0;
    this.timers.delete(id);
    return this.step({ kind: "timer", id });
  }

  /** kill -9 with an intact disk. */
  restart(): Sent[] {
    this.core = this.#create();
    this.timers.clear();
    return this.step({ kind: "recovered", records: this.disk });
  }

  /** These others say to have executed up to there, in view 0. */
  told(lastExec: number, ...by: readonly number[]): void {
    const part = encodeViews([0, 0, 0, 0]);
    const head = { view: 0, active: true, stable: 0, lastExec, part, slots: new Uint8Array(0) };
    for (const peer of by) {
      const content = { type: STATUS, payload: encodeStatus(head) };
      this.receive(peer, this.envelopes(peer).seal(content, "all"));
    }
  }

  audited<E extends AuditEvent["e"]>(e: E): Extract<AuditEvent, { e: E }>[] {
    return this.audits.filter((event): event is Extract<AuditEvent, { e: E }> => event.e === e);
  }

  request(client: NodeId, timestamp: number, operation = "op"): Uint8Array {
    const bytes = new TextEncoder().encode(operation);
    return encodeRequest(this.envelopes(client), { timestamp, operation: bytes });
  }

  batch(...frames: readonly Uint8Array[]): Batch {
    const envelopes = this.envelopes(ALICE);
    const requests = frames.map((frame) => {
      const envelope = envelopes.open(frame) as Envelope;
      return decodeRequest(envelopes, envelope) as Request;
    });
    return makeBatch(envelopes, requests);
  }

  prePrepare(by: number, { view, sequence }: Omit<Vote, "digest">, batch: Batch): Uint8Array {
    const payload = encodeVote({ view, sequence, digest: batch.digest });
    return this.envelopes(by).seal({ type: PRE_PREPARE, payload }, "all", batch.bytes);
  }

  /** A PRE-PREPARE without bodies, as in certificates and O. */
  barePrePrepare(by: number, vote: Vote): ProofFrame {
    return this.envelopes(by).seal({ type: PRE_PREPARE, payload: encodeVote(vote) }, "all");
  }

  prepare(by: number, vote: Vote): ProofFrame {
    return this.envelopes(by).seal({ type: PREPARE, payload: encodeVote(vote) }, "all");
  }

  commit(by: number, vote: Vote): ProofFrame {
    return this.envelopes(by).seal({ type: COMMIT, payload: encodeVote(vote) }, "all");
  }

  checkpoint(by: number, sequence: number, digest: string): ProofFrame {
    return this.envelopes(by).seal(
      { type: CHECKPOINT, payload: encodeCheckpoint({ sequence, digest }) },
      "all",
    );
  }

  /** A prepared certificate of `vote` signed by its primary and `backups`. */
  certificate(vote: Vote, backups: readonly number[]) {
    return {
      prePrepare: this.barePrePrepare(vote.view % this.cluster.replicas, vote),
      prepares: backups.map((backup) => this.prepare(backup, vote)),
    };
  }

  viewChange(
    by: number,
    message: Partial<ViewChange<Uint8Array>> & { readonly view: number },
  ): Uint8Array {
    const whole = { stable: 0, checkpoints: [], prepared: [], ...message };
    return this.envelopes(by).seal(
      { type: VIEW_CHANGE, payload: encodeViewChange(passedOff(whole)) },
      "all",
    );
  }

  newView(
    by: number,
    message: {
      readonly view: number;
      readonly viewChanges: readonly Uint8Array[];
      readonly chosen: readonly Omit<Vote, "view">[];
    },
  ): Uint8Array {
    const { view, viewChanges, chosen } = message;
    const prePrepares = chosen.map((vote) => this.barePrePrepare(by, { view, ...vote }));
    const payload = encodeNewView(passedOff({ view, viewChanges, prePrepares }));
    return this.envelopes(by).seal({ type: NEW_VIEW, payload }, "all");
  }

  /** Executes one batch with one request at `sequence` in view 0, everybody taking part. */
  execute(sequence: number, client = ALICE): Vote {
    const batch = this.batch(this.request(client, sequence));
    const vote = { view: 0, sequence, digest: batch.digest };
    if (this.id !== 0) this.receive(0, this.prePrepare(0, vote, batch));
    else this.receive(HOST, this.request(client, sequence));
    const others = [1, 2, 3].filter((replica) => replica !== this.id);
    for (const other of others) this.receive(other, this.prepare(other, vote));
    for (const other of [0, ...others].filter((replica) => replica !== this.id)) {
      this.receive(other, this.commit(other, vote));
    }
    return vote;
  }

  /** Those of 0 ms are due at the end of the tick. The STATUS of a start is left to the test. */
  #expireTimers(): void {
    for (const id of [TIMERS.proposal, TIMERS.transfer]) {
      if (this.timers.get(id) !== 0) continue;
      this.timers.delete(id);
      this.core.step({ kind: "timer", id }, this.now, this.#effects());
    }
  }

  #create(): ReplicaCore {
    return this.#createReplica({
      id: this.id,
      cluster: this.cluster,
      service: nullService.create(OPTIONS),
      authenticator: this.#counting(this.#authenticatorOf(this.id)),
    });
  }

  #counting(authenticator: NodeAuthenticator): NodeAuthenticator {
    return {
      self: authenticator.self,
      digest: (bytes) => authenticator.digest(bytes),
      sign: (bytes) => authenticator.sign(bytes),
      exchange: authenticator.exchange,
      tag: (receiver, bytes) => authenticator.tag(receiver, bytes),
      checkTag: (sender, bytes, tag) => authenticator.checkTag(sender, bytes, tag),
      verify: (signer, bytes, signature) => {
        this.verifications += 1;
        return authenticator.verify(signer, bytes, signature);
      },
    };
  }

  #effects(): Effects {
    const send = (to: NodeId | "all", bytes: Uint8Array) => {
      const envelope = this.envelopes(this.id).open(bytes) as Envelope;
      const { type } = envelope;
      const isVote = type === PRE_PREPARE || type === PREPARE || type === COMMIT;
      const vote = isVote ? decodeVote(envelope.payload) : null;
      this.#journal.push(`send ${type}`);
      this.#sent.push({ to, type, bytes: bytes.slice(), envelope, vote });
    };
    return {
      send,
      broadcast: (bytes) => send("all", bytes),
      persist: (mode, records) => {
        this.#journal.push("persist");
        const copies = records.map((record) => record.slice());
        this.disk = mode === "replace" ? copies : [...this.disk, ...copies];
      },
      setTimer: (id, afterMs) => void this.timers.set(id, afterMs),
      cancelTimer: (id) => void this.timers.delete(id),
      audit: (event) => void this.audits.push(event),
    };
  }
}

export function types(sent: readonly Sent[]): number[] {
  return sent.map(({ type }) => type);
}
