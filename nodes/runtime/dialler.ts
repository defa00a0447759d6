import { connect } from "node:net";
import type { SocketAddress } from "./config.ts";
import { Connection } from "./connection.ts";
import { FRAME } from "./frame.ts";
import { DiallerHandshake, type Identity } from "./handshake.ts";
import type { Peer } from "./peer.ts";
import type { Rejections } from "./rejections.ts";
import { after } from "./timers.ts";

export interface LinkTimes {
  readonly backOffFirstMs: number;
  /** Part of the recovery bound (DESIGN 4). */
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
   * A frame that came down the finished connection.
   * @returns null, or why the connection must be closed
   */
  readonly onFrame: (type: number, body: Buffer, incarnation: bigint) => string | null;
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
    let incarnation = 0n;
    let isProven = false;
    const socket = connect({ host: address.host, port: address.port });
    const connection = new Connection(socket, {
      onFrame: (type, body) => {
        if (type === FRAME.challenge && !isProven) {
          const answer = handshake.prove(body);
          if (typeof answer === "string") return answer;
          isProven = true;
          incarnation = answer.incarnation;
          connection.sendNow({ type: FRAME.proof, body: answer.proof });
          return null;
        }
        // Only a finished handshake counts: a dead replica's proxy accepts connections too.
        if (type !== FRAME.ready || !isProven || body.length > 0) return "unexpected-frame";
        this.#finish(connection, incarnation);
        return null;
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
    const { peer, onFrame } = this.#options;
    this.#cancelTimer();
    this.#failures = 0;
    connection.authenticated({
      onFrame: (type, body) => onFrame(type, body, incarnation),
      onDrain: () => peer.flush(),
      onClosed: (fault) => {
        peer.detach(connection);
        this.#lost(fault);
      },
    });
    peer.attach(connection, incarnation);
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
