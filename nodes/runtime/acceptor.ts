import { once } from "node:events";
import type { Server, Socket } from "node:net";
import type { SocketAddress } from "./config.ts";
import { Connection } from "./connection.ts";
import { FRAME, type Frame } from "./frame.ts";
import { AcceptorHandshake, type Identity, type ProvenPeer } from "./handshake.ts";
import type { Line } from "./inbound-scheduler.ts";
import { Lobby } from "./lobby.ts";
import type { Peer } from "./peer.ts";
import type { Rejections } from "./rejections.ts";
import { createServer } from "./sockets.ts";
import { after, hostClockMs } from "./timers.ts";

/** HELLO to PROOF takes a few milliseconds on a quick link, a few dozen on a busy machine. */
const GRACE_MS = 250;

export interface AcceptorOptions {
  readonly identity: Identity;
  readonly peers: ReadonlyMap<number, Peer>;
  readonly handshakeMs: number;
  /** Connections whose handshake is not finished. */
  readonly bounds: { readonly silent: number; readonly greeted: number };
  readonly rejections: Rejections;
  /** Client hosts are answered down the connection that they dialled; replicas are not. */
  readonly sendsDownstream: (peer: Peer) => boolean;
  /** A stranger has sent something: `serve` when his turn comes. */
  readonly onStranger: () => void;
  /** A proven peer has sent something, into its inbox. */
  readonly onReadable: (peer: Peer) => void;
}

/** Somebody who has not proven yet who he is. */
interface Stranger {
  readonly connection: Connection;
  readonly handshake: AcceptorHandshake;
  close(): void;
  /** He has proven it, or has gone. */
  left(): void;
}

/** Accepts whoever proves to be a known peer. All strangers together wait in one line. */
export class Acceptor implements Line {
  readonly hasAllowance = true;
  readonly #options: AcceptorOptions;
  readonly #server: Server;
  /** Who has said nothing has no claim to his place; who has said HELLO may answer in peace. */
  readonly #silent: Lobby;
  readonly #greeted: Lobby;
  /** Strangers who have sent something that nobody has looked at, first come first served. */
  readonly #speaking = new Set<Stranger>();
  readonly #open = new Set<Connection>();

  constructor(options: AcceptorOptions) {
    this.#options = options;
    const { silent, greeted } = options.bounds;
    this.#silent = new Lobby({ guestsMax: silent, graceMs: 0 });
    this.#greeted = new Lobby({ guestsMax: greeted, graceMs: GRACE_MS });
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
    for (const connection of this.#open) connection.close(null);
    await closed;
  }

  serve(): boolean {
    const [stranger] = this.#speaking;
    if (stranger === undefined) return false;
    const frame = stranger.connection.read();
    if (frame === null) {
      this.#speaking.delete(stranger);
      return true;
    }
    const fault = this.#shakeHands(stranger, frame);
    if (fault !== null) stranger.connection.close(fault);
    return true;
  }

  #accept(socket: Socket): void {
    const { identity, peers, handshakeMs, rejections, onStranger } = this.#options;
    const connection: Connection = new Connection(socket, {
      onReadable: () => {
        this.#speaking.add(stranger);
        onStranger();
      },
      onDrain: () => undefined,
      onClosed: (fault) => {
        stranger.left();
        this.#open.delete(connection);
        if (fault !== null) rejections.count(fault);
      },
    });
    const cancelTimer = after(handshakeMs, () => connection.close("handshake-timeout"));
    const stranger: Stranger = {
      connection,
      handshake: new AcceptorHandshake(identity, (id) => peers.has(id)),
      close: () => connection.close("too-many-handshakes"),
      left: () => {
        cancelTimer();
        this.#silent.leave(stranger);
        this.#greeted.leave(stranger);
        this.#speaking.delete(stranger);
      },
    };
    this.#open.add(connection);
    this.#silent.admit(stranger, hostClockMs());
  }

  /** @returns null, or why the connection must be closed */
  #shakeHands(stranger: Stranger, { type, body }: Frame): string | null {
    const { connection, handshake } = stranger;
    if (type === FRAME.hello) {
      this.#silent.leave(stranger);
      if (!this.#greeted.admit(stranger, hostClockMs())) return "too-many-handshakes";
      const challenge = handshake.challenge(body);
      if (typeof challenge === "string") return challenge;
      connection.sendNow({ type: FRAME.challenge, body: challenge });
      return null;
    }
    if (type !== FRAME.proof) return "unexpected-frame";
    const proven = handshake.accept(body);
    if (typeof proven === "string") return proven;
    stranger.left();
    this.#finish(connection, proven);
    return null;
  }

  #finish(connection: Connection, { id, incarnation, codes }: ProvenPeer): void {
    const { peers, rejections, onReadable, sendsDownstream } = this.#options;
    const peer = peers.get(id);
    if (peer === undefined) return;
    connection.carryCodes(codes);
    connection.acceptFullFrames();
    connection.authenticated({
      onReadable: () => onReadable(peer),
      onDrain: () => peer.flush(),
      onClosed: (fault) => {
        this.#open.delete(connection);
        peer.inbox.remove(connection);
        peer.detach(connection);
        if (fault !== null) rejections.count(fault);
      },
    });
    peer.inbox.add(connection, incarnation);
    if (connection.isClosed) return;
    connection.sendNow({ type: FRAME.ready, body: new Uint8Array(0) });
    if (sendsDownstream(peer)) peer.attach(connection, incarnation);
    else peer.noteIncarnation(incarnation);
    // What came behind the proof.
    onReadable(peer);
  }
}
