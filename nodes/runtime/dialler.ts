import type { SocketAddress } from "./config.ts";
import { Connection } from "./connection.ts";
import { FRAME, type Frame } from "./frame.ts";
import { DiallerHandshake, type Identity } from "./handshake.ts";
import type { Peer } from "./peer.ts";
import type { Rejections } from "./rejections.ts";
import { connect } from "./sockets.ts";
import { after } from "./timers.ts";

export interface LinkTimes {
  readonly backOffFirstMs: number;
  /** Part of the recovery bound (harness §8.3). */
  readonly backOffCapMs: number;
  /** Generous: through a slow link a handshake takes three delays. */
  readonly handshakeMs: number;
}

export const LINK_TIMES: LinkTimes = { backOffFirstMs: 10, backOffCapMs: 250, handshakeMs: 5000 };

export interface DiallerOptions {
  readonly identity: Identity;
  readonly peer: Peer;
  readonly address: SocketAddress;
  readonly times: LinkTimes;
  readonly rejections: Rejections;
  /**
   * Something has come down, into the peer's inbox. Null: the way down carries the handshake and
   * nothing else.
   */
  readonly onReadable: (() => void) | null;
}

/** Keeps one connection to one peer: both prove who they are; when it is lost it dials again. */
export class Dialler {
  readonly #options: DiallerOptions;
  #connection: Connection | null = null;
  #cancelTimer: () => void = () => undefined;
  #failures = 0;
  #stopped = false;

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  start(): void {
    const { identity, peer, address, times } = this.#options;
    const handshake = new DiallerHandshake(identity, peer.id);
    const socket = connect({ host: address.host, port: address.port });
    let isFinished = false;
    let incarnation: bigint | null = null;
    const step = ({ type, body }: Frame): string | null => {
      if (type === FRAME.challenge && incarnation === null) {
        const answer = handshake.prove(body);
        if (typeof answer === "string") return answer;
        incarnation = answer.incarnation;
        connection.sendNow({ type: FRAME.proof, body: answer.proof });
        connection.carryCodes(answer.codes);
        return null;
      }
      // Only a finished handshake counts: a dead replica's proxy accepts connections too.
      if (type !== FRAME.ready || incarnation === null || body.length > 0) {
        return "unexpected-frame";
      }
      isFinished = true;
      this.#finish(connection, incarnation);
      return null;
    };
    const connection: Connection = new Connection(socket, {
      onReadable: () => {
        while (!isFinished) {
          const frame = connection.read();
          if (frame === null) return;
          const fault = step(frame);
          if (fault !== null) return connection.close(fault);
        }
      },
      onDrain: () => undefined,
      onClosed: (fault) => this.#lost(fault),
    });
    this.#connection = connection;
    this.#cancelTimer = after(times.handshakeMs, () => connection.close("handshake-timeout"));
    socket.once("connect", () => {
      connection.sendNow({ type: FRAME.hello, body: handshake.hello() });
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
    this.#connection?.close(null);
  }

  #finish(connection: Connection, incarnation: bigint): void {
    const { peer, onReadable } = this.#options;
    this.#cancelTimer();
    this.#failures = 0;
    const refuse = () => {
      if (connection.read() !== null) connection.close("unexpected-frame");
    };
    const readable = onReadable ?? refuse;
    connection.authenticated({
      onReadable: readable,
      onDrain: () => peer.flush(),
      onClosed: (fault) => {
        peer.inbox.remove(connection);
        peer.detach(connection);
        this.#lost(fault);
      },
    });
    if (onReadable !== null) {
      connection.acceptFullFrames();
      peer.inbox.add(connection, incarnation);
    }
    peer.attach(connection, incarnation);
    // What came behind READY.
    readable();
  }

  #lost(fault: string | null): void {
    const { rejections, times } = this.#options;
    this.#cancelTimer();
    this.#connection = null;
    if (fault !== null) rejections.count(fault);
    if (this.#stopped) return;
    const backOff = Math.min(times.backOffCapMs, times.backOffFirstMs * 2 ** this.#failures);
    this.#failures += 1;
    this.#cancelTimer = after(backOff, () => this.start());
  }
}
