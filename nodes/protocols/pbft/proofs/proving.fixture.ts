/** A whole cluster of pbft-mac-proof, and what is on its wires. */
import { kv } from "../../../services/kv.ts";
import { CheckMeter } from "../../authentication/check-meter.ts";
import { MAC_ALGORITHM, MacVectors } from "../../authentication/mac-vectors.ts";
import type { Content } from "../../authentication/scheme.ts";
import { type UnsignedAuthenticator, withoutSigning } from "../../contract/authenticator.ts";
import { clientId, type NodeId } from "../../contract/core.ts";
import { Reader, Writer } from "../../wire/codec.ts";
import { EnvelopeFormat, messageTypeOf } from "../../wire/envelope.ts";
import { encodeRequest } from "../../wire/request.ts";
import { Cluster, type Delivery, filledService } from "../cluster.fixture.ts";
import { SessionVectors } from "../session-keys/session-vectors.ts";
import { pbftMacProof } from "../variants/pbft-mac-proof.ts";
import { decodeProve, decodeVouch, PROVE, type Saying, slotOf, VOUCH } from "./messages.ts";
import { spoiledFor } from "./proofs.fixture.ts";

export const STATUS_MS = 50;
const CLIENT = clientId({ host: 0, index: 1 });
const HOST = clientId({ host: 0, index: 0 });
const OPTIONS = { argumentBytes: 0, resultBytes: 0 };

interface Proved {
  readonly to: number;
  readonly author: NodeId;
  readonly type: number;
  readonly sequence: number;
}

export class ProvingCluster extends Cluster {
  /** What left a replica, whatever the wire does to it. */
  readonly sent: Delivery[] = [];
  readonly #keys: ReadonlyMap<NodeId, UnsignedAuthenticator>;
  #writes = 0;

  constructor({ requestMs = 60_000, checkpointInterval = 64, faultsMax = 1 } = {}) {
    const keys = new Map<NodeId, UnsignedAuthenticator>();
    super({
      serviceOf: () => filledService(0, 0),
      wire: { latencyMs: 1, bytesPerMs: 100_000 },
      parameters: {
        timers: { requestMs, statusMs: STATUS_MS, clientMs: 200, clientCapMs: 400 },
        replicas: 3 * faultsMax + 1,
        faultsMax,
        checkpointInterval,
        window: 4 * checkpointInterval,
      },
      createReplica: (options) => {
        keys.set(options.id, withoutSigning(options.authenticator));
        return pbftMacProof.createReplica(options);
      },
    });
    this.#keys = keys;
    this.wire(({ bytes }) => bytes);
    // The first keys are told.
    this.pass(5);
  }

  /** What becomes of a frame from here on. */
  wire(onWire: Cluster["onWire"]): void {
    this.onWire = (delivery) => {
      this.sent.push({ ...delivery, bytes: delivery.bytes.slice() });
      return onWire(delivery);
    };
  }

  pass(ms: number): void {
    this.run(() => false, this.now + ms);
  }

  /** A request of the client, told to these replicas. */
  ask(...replicas: readonly number[]): void {
    this.#writes += 1;
    const operation = kv.encode({ f: "write", key: "k", value: `${this.#writes}` }, OPTIONS);
    const scheme = new MacVectors(this.cluster, this.authenticatorOf(CLIENT));
    const bytes = encodeRequest(scheme, { timestamp: this.#writes, operation });
    for (const to of replicas) this.deliver({ from: HOST, to, bytes });
  }

  /** One replica, bad, says this to another, under the keys of the session. */
  say(from: NodeId, to: number, content: Content): void {
    const keys = this.#keys.get(from);
    if (keys === undefined) throw new RangeError(`there is no replica ${from}`);
    const parts = { meter: new CheckMeter(), clock: this };
    const scheme = new SessionVectors(this.cluster, keys, parts);
    this.deliver({ from, to, bytes: scheme.seal(content, to) });
  }

  get executed(): readonly number[] {
    return this.cores.map((core) => core.status().lastExec);
  }

  get views(): readonly number[] {
    return this.cores.map((core) => core.status().view);
  }

  sentBy(from: number, type: number): readonly Delivery[] {
    return this.sent.filter((each) => each.from === from && isOf(type, each));
  }

  /** What its VOUCHes are about. */
  vouchedBy(voucher: number): readonly Saying[] {
    return this.sentBy(voucher, VOUCH).flatMap((each) => this.vouchIn(each) ?? []);
  }

  /** @returns null if it is none */
  vouchIn({ bytes }: Delivery): Saying | null {
    const envelope = this.#format.open(bytes);
    return envelope?.type === VOUCH ? decodeVouch(envelope.payload) : null;
  }

  /** Whom its PROVEs went to, and about whose messages, of which type and number. */
  provedBy(asker: number): readonly Proved[] {
    return this.sentBy(asker, PROVE).flatMap(({ to, bytes }) => {
      const envelope = this.#format.open(bytes);
      const frame = envelope && decodeProve(envelope.payload);
      const inner = frame && this.#format.open(frame);
      if (!inner) return [];
      const { sender: author, type, payload } = inner;
      return { to, author, type, sequence: slotOf(type, payload).sequence };
    });
  }

  get #format(): EnvelopeFormat {
    return new EnvelopeFormat({ ...this.cluster, algorithm: MAC_ALGORITHM });
  }
}

export function isOf(type: number, { bytes }: Delivery): boolean {
  return messageTypeOf(bytes) === type;
}

/** A message of that author with garbage in its vector for these readers. */
export function spoiledFrame(
  bytes: Uint8Array,
  { author, readers }: { readonly author: NodeId; readonly readers: readonly NodeId[] },
): Uint8Array {
  const reader = new Reader(bytes);
  const content = reader.blob();
  const vector = reader.raw(reader.u16());
  const spoiled = spoiledFor(readers, { voucher: author, vector });
  const frame = new Writer(bytes.length).blob(content).u16(spoiled.length).raw(spoiled);
  return frame.raw(reader.rest()).finish();
}
