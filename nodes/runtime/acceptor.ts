import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { SocketAddress } from "./config.ts";
import { Connection } from "./connection.ts";
import { FRAME } from "./frame.ts";
import { AcceptorHandshake, type Identity } from "./handshake.ts";
import type { Peer } from "./peer.ts";
import type { Rejections } from "./rejections.ts";
import { after } from "./timers.ts";

/** Connections whose handshake is not finished; beyond it the oldest is closed. */
const PENDING_MAX = 128;

export interface AcceptorOptions {
  readonly identity: Identity;
  readonly peers: ReadonlyMap<number, Peer>;
  readonly handshakeMs: number;
  readonly rejections: Rejections;
  /** Client hosts are answered down the connection that they dialled; replicas are not. */
  readonly sendsDownstream: (peer: Peer) => boolean;
  /** @returns null, or why the connection must be closed */
  readonly onFrame: (peer: Peer, frame: InboundFrame) => string | null;
}

export interface InboundFrame {
  readonly type: number;
  readonly body: Buffer;
  /** Of the process at the other end of this connection. */
  readonly incarnation: bigint;
}

/** Accepts whoever proves to be a known peer. Older connections of a peer are read to their end. */
export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #server: Server;
  readonly #pending = new Set<Connection>();
  readonly #live = new Set<Connection>();

  constructor(options: AcceptorOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Rejects if the address cannot be bound. */
  async listen(address: SocketAddress): Promise<void> {
    this.#server.listen(address.port, address.host);
    await once(this.#server, "listening");
    // Out of file descriptors, most likely: the peer dials again, and so nothing is lost but time.
    this.#server.on("error", () => this.#options.rejections.count("accept-error"));
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const connection of [...this.#pending, ...this.#live]) connection.close(null);
    await closed;
  }

  #accept(socket: Socket): void {
    const { identity, peers, handshakeMs, rejections } = this.#options;
    const handshake = new AcceptorHandshake(identity, (id) => peers.has(id));
    const connection = new Connection(socket, {
      onFrame: (type, body) => {
        if (type === FRAME.hello) {
          const challenge = handshake.challenge(body);
          if (typeof challenge === "string") return challenge;
          connection.sendNow({ type: FRAME.challenge, body: challenge });
          return null;
        }
        if (type !== FRAME.proof) return "unexpected-frame";
        const proven = handshake.accept(body);
        if (typeof proven === "string") return proven;
        cancelTimer();
        this.#finish(connection, proven);
        return null;
      },
      onDrain: () => undefined,
      onClosed: (fault) => {
        cancelTimer();
        this.#pending.delete(connection);
        if (fault !== null) rejections.count(fault);
      },
    });
    const cancelTimer = after(handshakeMs, () => connection.close("handshake-timeout"));
    this.#admit(connection);
  }

  #admit(connection: Connection): void {
    this.#pending.add(connection);
    if (this.#pending.size <= PENDING_MAX) return;
    const [oldest] = this.#pending;
    oldest?.close("too-many-handshakes");
  }

  #finish(
    connection: Connection,
    proven: { readonly id: number; readonly incarnation: bigint },
  ): void {
    const { peers, rejections, onFrame, sendsDownstream } = this.#options;
    const peer = peers.get(proven.id);
    if (peer === undefined) return;
    this.#pending.delete(connection);
    this.#live.add(connection);
    const { incarnation } = proven;
    connection.authenticated({
      onFrame: (type, body) => onFrame(peer, { type, body, incarnation }),
      onDrain: () => peer.flush(),
      onClosed: (fault) => {
        this.#live.delete(connection);
        peer.detach(connection);
        if (fault !== null) rejections.count(fault);
      },
    });
    connection.sendNow({ type: FRAME.ready, body: new Uint8Array(0) });
    if (sendsDownstream(peer)) peer.attach(connection, incarnation);
    else peer.noteIncarnation(incarnation);
  }
}
