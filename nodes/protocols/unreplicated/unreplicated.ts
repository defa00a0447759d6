/**
 * One server, no agreement: the baseline of the null-op table (reference 5.5). Same transport,
 * codec, client authentication and service as the replicated protocols, so the difference in a
 * measurement is the replication.
 */
import { QuorumClient } from "../client.ts";
import { ClientTable } from "../client-table.ts";
import { Reader, Writer } from "../codec.ts";
import type { CoreStatus, Effects, Input, ReplicaCore } from "../core.ts";
import { Envelopes } from "../envelope.ts";
import type { Protocol, ReplicaOptions } from "../protocol.ts";
import {
  decodeRequest,
  encodeReply,
  isOversized,
  loggedRequest,
  makeBatch,
  type Request,
} from "../request.ts";
import { expectStored } from "../stored-record.ts";

/** Operations logged since the last snapshot before the log is replaced by a new one. */
const SNAPSHOT_EVERY = 1024;
const SNAPSHOT_RECORD = 1;
const REQUEST_RECORD = 2;

class UnreplicatedServer implements ReplicaCore {
  readonly #options: ReplicaOptions;
  readonly #envelopes: Envelopes;
  readonly #clients = new ClientTable();
  readonly #rejected: Record<string, number> = {};
  #executed = 0;
  #snapshotAt = 0;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#envelopes = new Envelopes(options.cluster, options.authenticator);
  }

  step(input: Input, _now: number, effects: Effects): void {
    if (input.kind === "recovered") this.#recover(input.records, effects);
    else if (input.kind === "frame") this.#onFrame(input.from, input.bytes, effects);
  }

  status(): CoreStatus {
    return {
      view: 0,
      active: true,
      lastExec: this.#executed,
      stable: this.#snapshotAt,
      rejected: this.#rejected,
      counters: { requests: this.#executed },
    };
  }

  stateDigest(): string {
    return this.#options.authenticator.digest(this.#snapshot());
  }

  #onFrame(from: number, bytes: Uint8Array, effects: Effects): void {
    const envelope = this.#envelopes.open(bytes);
    if (envelope && isOversized(envelope)) return this.#reject(from, "too large", effects);
    const request = envelope && decodeRequest(this.#envelopes, envelope);
    if (!request) return this.#reject(from, "malformed", effects);
    const known = this.#clients.lookup(request.client);
    if (known && request.timestamp < known.timestamp) return this.#reject(from, "old", effects);
    if (!this.#envelopes.verify(request.envelope)) {
      return this.#reject(from, "signature", effects);
    }
    if (known?.timestamp === request.timestamp) {
      return this.#reply(request, known.result, effects);
    }
    effects.persist("append", [record(REQUEST_RECORD, request.envelope.frame)]);
    const result = this.#execute(request, effects);
    this.#reply(request, result, effects);
    if (this.#executed - this.#snapshotAt >= SNAPSHOT_EVERY) {
      this.#snapshotAt = this.#executed;
      effects.persist("replace", [record(SNAPSHOT_RECORD, this.#snapshot())]);
    }
  }

  #execute(request: Request, effects: Effects): Uint8Array {
    const result = this.#options.service.execute(request.operation);
    this.#clients.record(request.client, { timestamp: request.timestamp, result });
    this.#executed += 1;
    const { authenticator } = this.#options;
    effects.audit({
      e: "executed",
      n: this.#executed,
      d: makeBatch(this.#envelopes, [request]).digest,
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
    effects.send(client, encodeReply(this.#envelopes, { view: 0, timestamp, client, result }));
  }

  #snapshot(): Uint8Array {
    return new Writer(1024)
      .u64(this.#executed)
      .blob(this.#clients.encode())
      .blob(this.#options.service.snapshot())
      .finish();
  }

  #recover(records: readonly Uint8Array[], effects: Effects): void {
    const replay: Request[] = [];
    for (const bytes of records) {
      const body = bytes.subarray(1);
      if (bytes[0] === SNAPSHOT_RECORD) this.#restore(body);
      else {
        const envelope = this.#envelopes.open(body);
        const request = envelope && loggedRequest(this.#envelopes, envelope);
        expectStored(request !== null, "it holds no request");
        replay.push(request);
      }
    }
    effects.audit({ e: "boot", v: 0, h: this.#snapshotAt, lastExec: this.#executed });
    for (const request of replay) this.#execute(request, effects);
  }

  #restore(snapshot: Uint8Array): void {
    const reader = new Reader(snapshot);
    const executed = reader.u64();
    const [clients, state] = [reader.blob(), reader.blob()];
    const isWhole = reader.complete && this.#clients.decode(clients);
    expectStored(isWhole, "its snapshot is malformed");
    this.#executed = executed;
    this.#snapshotAt = executed;
    this.#options.service.restore(state);
  }

  #reject(from: number, reason: string, effects: Effects): void {
    this.#rejected[reason] = (this.#rejected[reason] ?? 0) + 1;
    effects.audit({ e: "reject", type: "REQUEST", from, reason });
  }
}

function record(kind: number, body: Uint8Array): Uint8Array {
  return new Writer(body.length + 1).u8(kind).raw(body).finish();
}

export const unreplicated: Protocol = {
  name: "unreplicated",
  summary: "one server without agreement: the baseline of every overhead figure",
  replicasFor: () => 1,
  faultsFor(replicas) {
    if (replicas !== 1) throw new RangeError(`unreplicated runs on 1 replica, not ${replicas}`);
    return 0;
  },
  createReplica: (options) => new UnreplicatedServer(options),
  createClient: (options) => new QuorumClient(options),
};
