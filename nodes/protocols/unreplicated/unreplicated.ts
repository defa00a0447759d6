/**
 * One server, no agreement: the baseline of the null-op table (protocols §17). Same transport,
 * codec, client authentication and service as the replicated protocols, so the difference in a
 * measurement is the replication.
 */
import { Allowances } from "../allowances.ts";
import { CheckMeter } from "../authentication/check-meter.ts";
import { replySchemeOf } from "../authentication/reply-schemes.ts";
import type { AuthenticationScheme } from "../authentication/scheme.ts";
import { Signatures } from "../authentication/signatures.ts";
import { ClientTable } from "../client-table.ts";
import type { CoreStatus, Effects, Input, NodeId, ReplicaCore } from "../contract/core.ts";
import {
  BLANK_SIGNATURES,
  blankMacVectors,
  clientMessageSizes,
} from "../contract/message-sizes.ts";
import type { Protocol, ReplicaOptions } from "../contract/protocol.ts";
import { QuorumClient } from "../quorum-client.ts";
import { Rejections } from "../rejections.ts";
import { LoggedPages } from "../state/logged-pages.ts";
import { decodeNode } from "../state/page.ts";
import { ReplicatedState } from "../state/replicated-state.ts";
import { expectStored } from "../stored-record.ts";
import { DIGEST_BYTES, Reader, Writer } from "../wire/codec.ts";
import {
  CLIENT_MESSAGE_TYPES,
  decodeRequest,
  encodeReply,
  isOversized,
  loggedRequest,
  makeBatch,
  type Request,
} from "../wire/request.ts";

/** Operations executed since the last snapshot before there is a new one. */
const SNAPSHOT_EVERY = 1024;
/** Executed u64, digest of the root; the pages below it are records of their own. */
const SNAPSHOT_RECORD = 1;
const SNAPSHOT_BYTES = 8 + DIGEST_BYTES;
const REQUEST_RECORD = 2;
const PAGE_RECORD = 3;

type Frame = Extract<Input, { kind: "frame" }>;

class UnreplicatedServer implements ReplicaCore {
  readonly #options: ReplicaOptions;
  readonly #scheme: AuthenticationScheme;
  readonly #replies: AuthenticationScheme;
  readonly #clients = new ClientTable();
  readonly #meter = new CheckMeter();
  readonly #allowances: Allowances;
  readonly #rejections = new Rejections();
  readonly #content: ReplicatedState;
  readonly #loggedPages = new LoggedPages();
  #bytesSinceReplaced = 0;
  #executed = 0;
  #snapshotAt = 0;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    const authenticator = this.#meter.meteredSignatures(options.authenticator);
    this.#scheme = new Signatures(options.cluster, authenticator);
    this.#replies = replySchemeOf(options) ?? this.#scheme;
    this.#allowances = new Allowances(options.cluster);
    this.#content = new ReplicatedState({
      service: options.service,
      clients: this.#clients,
      digest: (bytes) => options.authenticator.digest(bytes),
    });
  }

  step(input: Input, now: number, effects: Effects): void {
    if (input.kind === "recovered") this.#recover(input.records, effects);
    else if (input.kind === "frame") this.#onFrame(input, now, effects);
  }

  status(): CoreStatus {
    return {
      view: 0,
      active: true,
      lastExec: this.#executed,
      stable: this.#snapshotAt,
      rejected: { ...this.#rejections.byReason },
      counters: { requests: this.#executed, verifications: this.#meter.verifications },
    };
  }

  queues(): Readonly<Record<string, number>> {
    return {};
  }

  stateDigest(): string {
    return this.#content.digest();
  }

  #onFrame({ from, bytes }: Frame, now: number, effects: Effects): void {
    const envelope = this.#scheme.open(bytes);
    if (envelope && isOversized(envelope)) return this.#reject(from, "too large", effects);
    const request = envelope && decodeRequest(this.#scheme, envelope);
    if (!request) return this.#reject(from, "malformed", effects);
    const { client, timestamp } = request;
    const known = this.#clients.lookup(client);
    if (known && timestamp < known.timestamp) return this.#reject(from, "old", effects);
    const repeated = known?.timestamp === timestamp;
    const arrival = { author: client, from, now };
    if (repeated && !this.#allowances.takeRepeat(arrival)) {
      return this.#reject(from, "rate", effects);
    }
    if (this.#allowances.owesTooMuch(arrival)) return this.#reject(from, "rate", effects);
    if (!this.#scheme.verify(request.envelope)) {
      this.#allowances.chargeRejected(arrival, 1);
      return this.#reject(from, "signature", effects);
    }
    if (repeated) return this.#reply(request, known.result, effects);
    this.#serve(request, effects);
  }

  #serve(request: Request, effects: Effects): void {
    this.#append([record(REQUEST_RECORD, request.envelope.frame)], effects);
    const result = this.#execute(request, effects);
    this.#reply(request, result, effects);
    if (this.#executed - this.#snapshotAt >= SNAPSHOT_EVERY) this.#takeSnapshot(effects);
  }

  /** Only what changed is written, until that is as much as the whole state would be. */
  #takeSnapshot(effects: Effects): void {
    this.#snapshotAt = this.#executed;
    const root = this.#content.checkpoint();
    const isReplaced = this.#bytesSinceReplaced >= root.size;
    if (isReplaced) this.#loggedPages.forget();
    const body = new Writer(SNAPSHOT_BYTES).u64(this.#executed).digest(root.digest).finish();
    const pages = this.#loggedPages.missing(root).map((bytes) => record(PAGE_RECORD, bytes));
    const records = [...pages, record(SNAPSHOT_RECORD, body)];
    if (!isReplaced) return this.#append(records, effects);
    effects.persist("replace", records);
    this.#bytesSinceReplaced = 0;
  }

  #append(records: readonly Uint8Array[], effects: Effects): void {
    for (const { length } of records) this.#bytesSinceReplaced += length;
    effects.persist("append", records);
  }

  #execute(request: Request, effects: Effects): Uint8Array {
    const result = this.#options.service.execute(request.operation);
    this.#clients.record(request.client, { timestamp: request.timestamp, result });
    this.#executed += 1;
    const { authenticator } = this.#options;
    effects.audit({
      e: "executed",
      n: this.#executed,
      d: makeBatch(this.#scheme, [request]).digest,
      ops: [
        [
          request.client,
          request.timestamp,
          authenticator.digest(result),
          authenticator.digest(request.operation),
        ],
      ],
    });
    return result;
  }

  #reply(request: Request, result: Uint8Array, effects: Effects): void {
    const { client, timestamp } = request;
    effects.send(client, encodeReply(this.#replies, { view: 0, timestamp, client, result }));
  }

  #recover(records: readonly Uint8Array[], effects: Effects): void {
    const pages = new Map<string, Uint8Array>();
    let snapshot: Reader | null = null;
    let replay: Request[] = [];
    for (const bytes of records) {
      const body = bytes.subarray(1);
      if (bytes[0] === PAGE_RECORD) {
        expectStored(decodeNode(body) !== null, "its page is malformed");
        pages.set(this.#options.authenticator.digest(body), body);
      } else if (bytes[0] === SNAPSHOT_RECORD) {
        expectStored(body.length === SNAPSHOT_BYTES, "its snapshot is malformed");
        snapshot = new Reader(body);
        replay = [];
      } else {
        const envelope = this.#scheme.open(body);
        const request = envelope && loggedRequest(this.#scheme, envelope);
        expectStored(request !== null, "it holds no request");
        replay.push(request);
      }
    }
    if (snapshot) this.#restore(snapshot, pages);
    effects.audit({ e: "boot", v: 0, h: this.#snapshotAt, lastExec: this.#executed });
    for (const request of replay) this.#execute(request, effects);
  }

  #restore(snapshot: Reader, pages: ReadonlyMap<string, Uint8Array>): void {
    const executed = snapshot.u64();
    const digest = snapshot.digest();
    const root = this.#content.tree.read(digest, (name) => pages.get(name));
    expectStored(root !== null, "pages of its snapshot are missing");
    this.#executed = executed;
    this.#snapshotAt = executed;
    this.#loggedPages.missing(root);
    expectStored(this.#content.restore(root), "its snapshot is malformed");
  }

  #reject(from: NodeId, reason: string, effects: Effects): void {
    const line = this.#rejections.count("REQUEST", from, reason, reason);
    if (line) effects.audit(line);
  }
}

function record(kind: number, body: Uint8Array): Uint8Array {
  return new Writer(body.length + 1).u8(kind).raw(body).finish();
}

export const unreplicated: Protocol = {
  name: "unreplicated",
  summary: "one server without agreement: the baseline of every overhead figure",
  replicasFor: () => 1,
  tolerates(replicas) {
    if (replicas !== 1) throw new RangeError(`unreplicated runs on 1 replica, not ${replicas}`);
    return { byzantine: 0, crashed: 0 };
  },
  // It alone says in which order operations happen; whoever strikes the primary means it.
  leaderOf: () => 0,
  mechanisms: [],
  channels: "bare",
  traits: {
    delays: 2,
    viewChangeDelays: null,
    signature: "the signature of request and reply",
    clientAuths: ["signature"],
    replyAuths: ["mac", "signature"],
    requestAts: ["K2"],
    transferable: "request and reply",
    messages: () => 2,
    bytes() {
      const sizes = { batchRequests: 1, operationBytes: 0, resultBytes: 0 };
      const alone = { ...sizes, replicas: 1, faultsMax: 0, window: 1 };
      const { request } = clientMessageSizes(alone, BLANK_SIGNATURES);
      return request + clientMessageSizes(alone, blankMacVectors(1)).reply;
    },
  },
  messageTypes: CLIENT_MESSAGE_TYPES,
  messageSizes(parameters) {
    const { request, reply } = clientMessageSizes(parameters, BLANK_SIGNATURES);
    return { REQUEST: request, REPLY: reply };
  },
  viewChangeVerifications: () => 0,
  createReplica: (options) => new UnreplicatedServer(options),
  createClient(options) {
    const signatures = new Signatures(options.cluster, options.authenticator);
    return new QuorumClient(options, signatures, "primary", replySchemeOf(options));
  },
};
