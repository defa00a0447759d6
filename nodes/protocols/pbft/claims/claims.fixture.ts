/** One replica under test that cannot sign, and the keys of everybody else to write its mail with. */
import {
  type CreateAuthenticator,
  fastAuthenticators,
} from "../../../../harness/drivers/simulation/authenticators.ts";
import { nullService } from "../../../services/null.ts";
import { Channels } from "../../authentication/channels.ts";
import { MacVectors } from "../../authentication/mac-vectors.ts";
import type { AuthenticationScheme } from "../../authentication/scheme.ts";
import { parametersWith } from "../../cluster-parameters.fixture.ts";
import { type AuditEvent, NULL_DIGEST } from "../../contract/audit.ts";
import { clientId, type Effects, type NodeId, type ReplicaCore } from "../../contract/core.ts";
import type { ClusterParameters } from "../../contract/protocol.ts";
import type { Envelope } from "../../wire/envelope.ts";
import {
  type Batch,
  decodeRequest,
  encodeRequest,
  makeBatch,
  NULL_BATCH,
  type Request,
} from "../../wire/request.ts";
import * as pbft from "../messages.ts";
import { PbftReplica } from "../replica.ts";
import { pbftRelay } from "../variants/pbft-relay.ts";
import { Acknowledging } from "./acknowledging.ts";
import * as wire from "./messages.ts";
import type { Claims } from "./selection.ts";
import { encodePart, type UnsignedPart } from "./status-part.ts";
import { claimsVariant } from "./variant.ts";

export const ALICE = clientId({ host: 0, index: 1 });
export const STATE = "5".repeat(64);
/** What every cluster begins with. */
export const GENESIS = { sequence: 0, digest: NULL_DIGEST };
/** A checkpoint at the first multiple of K. */
export const FOUR = { sequence: 4, digest: STATE };

export type Tuple = readonly [sequence: number, digest: string, view: number];

export interface Written {
  readonly h?: number;
  readonly c?: readonly pbft.CheckpointVote[];
  readonly p?: readonly Tuple[];
  /** As P if not given. */
  readonly q?: readonly Tuple[];
}

export function claims({ h = 0, c = [GENESIS], p = [], q = p }: Written): Claims {
  const prePrepared = new Map<number, Map<string, number>>();
  for (const [sequence, digest, view] of q) {
    const digests = prePrepared.get(sequence) ?? new Map<string, number>();
    prePrepared.set(sequence, digests.set(digest, view));
  }
  const prepared = new Map(p.map(([sequence, digest, view]) => [sequence, { digest, view }]));
  return { stable: h, checkpoints: c, prepared, prePrepared };
}

export interface Sent {
  readonly to: NodeId | "all";
  readonly type: number;
  readonly payload: Uint8Array;
  readonly attachment: Uint8Array;
}

export class ClaimsBed {
  readonly id: number;
  /** What shows who speaks: `pbft-mac`, or `pbft-relay`. */
  readonly by: "vectors" | "channels";
  readonly cluster: ClusterParameters;
  core: ReplicaCore;
  now = 0;
  disk: Uint8Array[] = [];
  readonly timers = new Map<string, number>();
  readonly audits: AuditEvent[] = [];
  /** `persist` and `send 4`, of the last step. */
  journal: string[] = [];
  #sent: Sent[] = [];
  readonly #authenticatorOf: CreateAuthenticator;

  constructor(
    id: number,
    by: ClaimsBed["by"] = "vectors",
    {
      authenticators = (nodes: readonly NodeId[]) => fastAuthenticators(1, nodes),
      faultsMax = 1,
    } = {},
  ) {
    this.id = id;
    this.by = by;
    this.cluster = parametersWith({ epoch: 7, replicas: 3 * faultsMax + 1, faultsMax });
    this.#authenticatorOf = authenticators([...this.#ids, ALICE]);
    this.core = this.#create();
    this.#step({ kind: "recovered", records: [] });
  }

  get #ids(): readonly NodeId[] {
    return Array.from({ length: this.cluster.replicas }, (_, id) => id);
  }

  get #others(): readonly NodeId[] {
    return this.#ids.filter((id) => id !== this.id);
  }

  scheme(node: NodeId): AuthenticationScheme {
    const authenticator = this.#authenticatorOf(node);
    return this.by === "channels"
      ? new Channels(this.cluster, authenticator)
      : new MacVectors(this.cluster, authenticator);
  }

  receive(from: NodeId, bytes: Uint8Array): Sent[] {
    return this.#step({ kind: "frame", from, bytes });
  }

  hear(by: NodeId, type: number, payload: Uint8Array, attachment?: Uint8Array): Sent[] {
    return this.receive(by, this.scheme(by).seal({ type, payload }, "all", attachment));
  }

  fire(id: string): Sent[] {
    this.now += this.timers.get(id) ?? 0;
    this.timers.delete(id);
    return this.#step({ kind: "timer", id });
  }

  /** kill -9 with an intact disk. */
  restart(): Sent[] {
    this.core = this.#create();
    this.timers.clear();
    return this.#step({ kind: "recovered", records: this.disk });
  }

  request(timestamp: number, bytes = 1): Uint8Array {
    return encodeRequest(this.scheme(ALICE), { timestamp, operation: new Uint8Array(bytes) });
  }

  batch(...frames: readonly Uint8Array[]): Batch {
    if (frames.length === 0) return NULL_BATCH;
    const scheme = this.scheme(ALICE);
    const read = (frame: Uint8Array) => decodeRequest(scheme, scheme.open(frame) as Envelope);
    return makeBatch(
      scheme,
      frames.map((frame) => read(frame) as Request),
    );
  }

  prePrepare(vote: Omit<pbft.Vote, "digest">, batch: Batch): Sent[] {
    const payload = pbft.encodeVote({ ...vote, digest: batch.digest });
    return this.hear(vote.view % 4, pbft.PRE_PREPARE, payload, batch.bytes);
  }

  /** PREPAREs or COMMITs of these replicas. */
  votes(type: number, vote: pbft.Vote, ...by: readonly NodeId[]): Sent[] {
    return by.flatMap((replica) => this.hear(replica, type, pbft.encodeVote(vote)));
  }

  /** A request of its own for the number, prepared here in the view, whose primary is another. */
  prepare(sequence: number, view = 0): pbft.Vote {
    const batch = this.batch(this.request(sequence));
    const vote = { view, sequence, digest: batch.digest };
    this.prePrepare(vote, batch);
    const backups = this.#others.filter((id) => id !== view % this.cluster.replicas);
    this.votes(pbft.PREPARE, vote, ...backups);
    return vote;
  }

  /** Prepared and committed by everybody. */
  execute(sequence: number, view = 0): pbft.Vote {
    const vote = this.prepare(sequence, view);
    this.votes(pbft.COMMIT, vote, ...this.#others);
    return vote;
  }

  viewChange(view: number, written: Written): Uint8Array {
    return wire.encodeViewChange({ view, ...claims(written) });
  }

  reference(replica: NodeId, payload: Uint8Array): wire.Reference {
    const said = { type: pbft.VIEW_CHANGE, author: replica, payload };
    return { replica, name: wire.nameOf(this.scheme(0), said) };
  }

  /** VIEW-CHANGEs of replicas, by id, and the NEW-VIEW that names them. */
  newView(
    view: number,
    viewChanges: Readonly<Record<number, Uint8Array>>,
    base: pbft.CheckpointVote,
    ...digests: readonly string[]
  ): Uint8Array {
    const references = Object.entries(viewChanges).map(([id, payload]) =>
      this.reference(Number(id), payload),
    );
    const chosen = digests.map((digest, index) => ({
      sequence: base.sequence + 1 + index,
      digest,
    }));
    return wire.encodeNewView({ view, viewChanges: references, selection: { base, chosen } });
  }

  nameOfNewView(view: number, payload: Uint8Array): string {
    return wire.nameOf(this.scheme(0), { type: pbft.NEW_VIEW, author: view % 4, payload });
  }

  ack(by: NodeId, view: number, { replica, name }: wire.Reference): Sent[] {
    return this.hear(by, wire.VIEW_CHANGE_ACK, wire.encodeAck({ view, replica, name }));
  }

  /** @param given `slots`: what it says of each number from 1 on */
  status(
    by: NodeId,
    view: number,
    given: Partial<UnsignedPart> & { active?: boolean; slots?: Uint8Array },
  ): Sent[] {
    const { active = false, slots = new Uint8Array(0), ...part } = given;
    const nobody = this.#ids.map(() => ({ view: 0, counts: false, vouchers: [] }));
    const again = { first: 0, slots: new Uint8Array(0) };
    const whole = { newView: NULL_DIGEST, viewChanges: nobody, wanted: [], again, ...part };
    const head = { view, active, stable: 0, lastExec: 0, slots };
    this.now += this.cluster.timers.statusMs;
    return this.hear(by, pbft.STATUS, pbft.encodeStatus({ ...head, part: encodePart(whole) }));
  }

  /** f+1 others ask for a view: the own VIEW-CHANGE, with which this replica joins them. */
  leaveFor(view: number, written: Written = {}): wire.ViewChange {
    const payload = this.viewChange(view, written);
    const asking = this.#others.slice(0, this.cluster.faultsMax + 1);
    const sent = asking.flatMap((by) => this.hear(by, pbft.VIEW_CHANGE, payload));
    return this.viewChangeIn(sent);
  }

  /** By a NEW-VIEW of others' VIEW-CHANGEs, all with the same claims. */
  enter(
    view: number,
    written: Written,
    base: pbft.CheckpointVote,
    ...digests: readonly string[]
  ): Sent[] {
    const payload = this.viewChange(view, written);
    const others = this.#others;
    for (const by of others) this.hear(by, pbft.VIEW_CHANGE, payload);
    const all = Object.fromEntries(others.map((id) => [id, payload]));
    const primary = view % this.cluster.replicas;
    return this.hear(primary, pbft.NEW_VIEW, this.newView(view, all, base, ...digests));
  }

  /** On the word of two others that entered it, having asked for it itself or not. */
  enterAsOthersDid(view: number): void {
    const payload = this.viewChange(view, {});
    const others = this.#others;
    const all = Object.fromEntries(others.map((id) => [id, payload]));
    const newView = this.newView(view, all, GENESIS);
    const name = this.nameOfNewView(view, newView);
    for (const by of others.slice(0, this.cluster.faultsMax + 1))
      this.status(by, view, { active: true, newView: name });
    const said = { type: pbft.NEW_VIEW, author: view % this.cluster.replicas, payload: newView };
    this.hear(others[0] ?? 0, wire.COPY, wire.encodeName(name), wire.encodeSaid(said));
  }

  viewChangeIn(sent: readonly Sent[]): wire.ViewChange {
    const own = sent.find(({ type }) => type === pbft.VIEW_CHANGE);
    const read = own && wire.decodeViewChange(own.payload, this.cluster);
    if (!read) throw new Error("no VIEW-CHANGE was sent");
    return read;
  }

  /** Under long-term keys, so that the test can write everybody's mail without an exchange. */
  #create(): ReplicaCore {
    const authenticator = this.#authenticatorOf(this.id);
    const service = nullService.create({ argumentBytes: 0, resultBytes: 0 });
    const options = { id: this.id, cluster: this.cluster, service, authenticator };
    if (this.by === "channels") return pbftRelay.createReplica(options);
    return new PbftReplica(options, (state) =>
      claimsVariant(state, {
        scheme: new MacVectors(this.cluster, state.meter.meteredTags(authenticator)),
        audience: "primary",
        signedClients: null,
        vouchingOf: (parts) => new Acknowledging(parts),
        upkeep: null,
      }),
    );
  }

  #step(input: Parameters<ReplicaCore["step"]>[0]): Sent[] {
    this.#sent = [];
    this.journal = [];
    this.core.step(input, this.now, this.#effects());
    return this.#sent;
  }

  #effects(): Effects {
    const send = (to: NodeId | "all", bytes: Uint8Array) => {
      const { type, payload, attachment } = this.scheme(this.id).open(bytes.slice()) as Envelope;
      this.journal.push(`send ${type}`);
      this.#sent.push({ to, type, payload, attachment });
    };
    return {
      send,
      broadcast: (bytes) => send("all", bytes),
      persist: (mode, records) => {
        this.journal.push("persist");
        const copies = records.map((record) => record.slice());
        this.disk = mode === "replace" ? copies : [...this.disk, ...copies];
      },
      setTimer: (id, afterMs) => void this.timers.set(id, afterMs),
      cancelTimer: (id) => void this.timers.delete(id),
      audit: (event) => void this.audits.push(event),
    };
  }
}

export function typesOf(sent: readonly Sent[]): readonly number[] {
  return sent.map(({ type }) => type);
}
