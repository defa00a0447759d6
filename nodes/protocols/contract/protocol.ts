import {
  type Digester,
  type NodeAuthenticator,
  type UnsignedAuthenticator,
  withoutSigning,
} from "./authenticator.ts";
import type { ClientCore, NodeId, ReplicaCore } from "./core.ts";
import type { Mechanism } from "./mechanism.ts";
import { type RequestSigner, requestSigner } from "./request-signatures.ts";
import type { Service } from "./service.ts";
import type { ClientAuth, ReplyAuth, RequestAt, Traits } from "./traits.ts";

/** The parameters all replicas and clients of one cluster share. Times in milliseconds. */
export interface ClusterParameters {
  /** 32 hex digits; bound into every signed message with `epoch`. */
  readonly clusterId: string;
  readonly epoch: number;
  readonly replicas: number;
  readonly faultsMax: number;
  readonly timers: {
    /** `T`: a request waits this long before a view change (protocols §10.1). */
    readonly requestMs: number;
    readonly statusMs: number;
    /** First retransmission of a client, doubled up to the cap. */
    readonly clientMs: number;
    readonly clientCapMs: number;
  };
  /** A client calls an operation unknown after this long. */
  readonly operationTimeoutMs: number;
  /** `K`: a checkpoint every so many sequence numbers. */
  readonly checkpointInterval: number;
  /** `L`: how far above the low watermark numbers are accepted; at least 2K. */
  readonly window: number;
  /** Requests in a batch at most. */
  readonly batchMax: number;
  /** A batch that is not full waits so long behind the one before (protocols §5.2). */
  readonly maxBatchDelayMs: number;
  /** Batches proposed but not executed at most. */
  readonly pipeline: number;
  /** What stands behind a REPLY where messages are signed (protocols §2.8). */
  readonly replyAuth: ReplyAuth;
  /** What stands behind a REQUEST: one of those that the protocol has (protocols §19.7). */
  readonly clientAuth: ClientAuth;
  /** One of those that the protocol has (protocols §21.3). */
  readonly requestAt: RequestAt;
}

/** Who a core is, and what it can do with its keys. */
export interface ClientOptions<Keys extends Digester = NodeAuthenticator> {
  readonly id: NodeId;
  readonly cluster: ClusterParameters;
  readonly authenticator: Keys;
}

export interface ReplicaOptions<Keys extends Digester = NodeAuthenticator>
  extends ClientOptions<Keys> {
  readonly service: Service;
}

/**
 * How many replicas may fail while the protocol keeps its promises: it is safe while no more than
 * `byzantine` have done what no rule allows, and live while, those included, no more than `crashed`
 * are out of reach besides.
 */
export interface Tolerance {
  readonly byzantine: number;
  readonly crashed: number;
}

/** One entry of `nodes/registry.ts`. */
export interface Protocol {
  readonly name: string;
  readonly summary: string;
  /** How many replicas tolerate `f` crashed ones: 3f+1, or 1 for `unreplicated`. */
  replicasFor(faults: number): number;
  /** What `n` replicas tolerate; `crashed` is their f. @throws RangeError for an impossible n */
  tolerates(replicas: number): Tolerance;
  /** Who leads `view` of so many replicas; null where nobody does. */
  leaderOf(view: number, replicas: number): NodeId | null;
  /** Whose rules its replicas follow and its runs are judged by. */
  readonly mechanisms: readonly Mechanism[];
  /**
   * Whether frames between replicas carry codes: where nothing but the channel shows who made a
   * message, they have to (protocols §21.1).
   */
  readonly channels: "coded" | "bare";
  /** Held against what is counted in the simulator, where it can be counted. */
  readonly traits: Traits;
  /** The byte of each type of message in its envelope, by the name that `messages.md` gives it. */
  readonly messageTypes: Readonly<Record<string, number>>;
  /** What plans reckon with: a link has to carry them in time, a frame has to hold them. */
  messageSizes(parameters: MessageParameters): MessageSizes;
  /** Signatures that the worst view change makes a replica verify; 0 where there are no views. */
  viewChangeVerifications(
    parameters: Pick<ClusterParameters, "replicas" | "faultsMax" | "window">,
  ): number;
  createReplica(options: ReplicaOptions): ReplicaCore;
  createClient(options: ClientOptions): ClientCore;
}

/** Whether there is any fault that it survives: what is about faults leaves the others out. */
export function bearsFaults(protocol: Pick<Protocol, "replicasFor" | "tolerates">): boolean {
  return protocol.tolerates(protocol.replicasFor(1)).crashed > 0;
}

/** A protocol whose cores are handed no more than `Keys`. */
export interface ProtocolWith<Keys extends Digester>
  extends Omit<Protocol, "createReplica" | "createClient"> {
  createReplica(options: ReplicaOptions<Keys>): ReplicaCore;
  /** @param signer of requests, and of nothing else; null where clients do not sign */
  createClient(options: ClientOptions<Keys>, signer: RequestSigner | null): ClientCore;
}

/** Of codes alone: whatever the node's keys can do, its cores cannot sign. */
export function unsigned(protocol: ProtocolWith<UnsignedAuthenticator>): Protocol {
  return {
    ...protocol,
    createReplica: ({ authenticator, ...rest }) =>
      protocol.createReplica({ ...rest, authenticator: withoutSigning(authenticator) }),
    createClient({ authenticator, ...rest }) {
      const signer = rest.cluster.clientAuth === "signature" ? requestSigner(authenticator) : null;
      return protocol.createClient(
        { ...rest, authenticator: withoutSigning(authenticator) },
        signer,
      );
    },
  };
}

/** What the length of a message depends on. */
export interface MessageParameters
  extends Pick<ClusterParameters, "replicas" | "faultsMax" | "window"> {
  /** Requests that come together in one batch at most. */
  readonly batchRequests: number;
  readonly operationBytes: number;
  readonly resultBytes: number;
}

/** The largest message of each type, in bytes, by the name that `messages.md` gives it. */
export type MessageSizes = Readonly<Record<string, number>>;
