/** Whose process is at each end of a connection, by its handshake, and what that obliges to. */
import { isReplica, type NodeId, nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { Connection, SocketEnd } from "./connection.ts";
import type { Judge } from "./judge.ts";

/** Of `wire.md`; shares no code with what is judged. */
const TYPE = { hello: 1, challenge: 2, ready: 4, data: 16, beat: 18 } as const;
const HELLO_WIRE_BYTES = 4 + 1 + 72;
const HELLO_AT = { dialler: 24, incarnation: 32 } as const;

export interface SaidFrame {
  readonly type: number;
  readonly body: Buffer;
  /** Of its direction, so far. */
  readonly bytes: number;
}

interface End {
  readonly id: NodeId;
  readonly incarnation: bigint;
}

interface Said {
  frames: number;
  beats: number;
}

interface Handshake {
  readonly connection: Connection;
  dialler: End | null;
  acceptor: End | null;
  /** The how-manieth READY of all that was, and where it ends; null: it has not been said. */
  ready: { readonly number: number; readonly end: number } | null;
  readBytes: number;
  /** The dialler has it, too. */
  isFinished: boolean;
  /** What each end has said behind the handshake. */
  readonly up: Said;
  readonly down: Said;
}

/** What is true of the link of a process with a peer. */
export interface LinkTruth {
  /** The number of the last BEAT of the newest process of the peer that it has met. */
  readonly beats: number;
  /** So many of its BEATs were said on what is still open: none of them can be lost. */
  readonly certainBeats: number;
  /** Frames that it has handed over to the peer. */
  readonly sent: number;
  /** Finished handshakes of connections to send on. */
  readonly connects: number;
  /**
   * There is one, finished and open. Null: not to be told from here, since what came down it before
   * it ended may still wait to be read.
   */
  readonly isConnected: boolean | null;
}

export class Handshakes {
  readonly #judge: Judge;
  readonly #nodeOf: (host: string) => NodeId | null;
  readonly #all = new Map<Connection, Handshake>();
  /** By node: its last process, and what that calls itself. */
  readonly #processes = new Map<NodeId, { owner: SocketEnd["owner"]; incarnation: bigint }>();
  /** By who sends, as which process, to whom. */
  readonly #beats = new Map<string, number>();
  /** By who is dialled, and by whom: those that were told READY. */
  readonly #answered = new Map<string, readonly Handshake[]>();
  #readies = 0;

  constructor(judge: Judge, nodeOf: (host: string) => NodeId | null) {
    this.#judge = judge;
    this.#nodeOf = nodeOf;
  }

  #of(connection: Connection): Handshake {
    const known = this.#all.get(connection) ?? {
      connection,
      dialler: null,
      acceptor: null,
      ready: null,
      readBytes: 0,
      isFinished: false,
      up: { frames: 0, beats: 0 },
      down: { frames: 0, beats: 0 },
    };
    this.#all.set(connection, known);
    return known;
  }

  isReady(connection: Connection): boolean {
    return this.#of(connection).ready !== null;
  }

  /** Somebody from outside says something; what he is worth shows when he is told READY. */
  strangerSaid(connection: Connection, bytes: Buffer): void {
    const isHello = bytes.length >= HELLO_WIRE_BYTES && bytes[4] === TYPE.hello;
    if (isHello) this.#of(connection).dialler = endOf(bytes.subarray(5, HELLO_WIRE_BYTES));
  }

  said(connection: Connection, isDialler: boolean, frame: SaidFrame): void {
    const handshake = this.#of(connection);
    const { type, body, bytes } = frame;
    if (type === TYPE.hello && isDialler) {
      handshake.dialler = endOf(body);
      this.#starts(handshake.dialler, connection.dialler);
    } else if (type === TYPE.challenge && !isDialler && connection.acceptor !== null) {
      const id = this.#nodeOf(connection.to);
      if (id === null) return;
      handshake.acceptor = { id, incarnation: body.readBigUInt64BE(0) };
      this.#starts(handshake.acceptor, connection.acceptor);
    } else if (type === TYPE.ready && !isDialler) {
      this.#readies += 1;
      handshake.ready = { number: this.#readies, end: bytes };
      if (handshake.dialler === null) return;
      const key = `${connection.to} ${handshake.dialler.id}`;
      this.#answered.set(key, [...(this.#answered.get(key) ?? []), handshake]);
    } else if (type >= TYPE.data) this.#sent(handshake, isDialler, frame);
  }

  /** Each process of a node is newer than those before it, and says so wherever it speaks. */
  #starts({ id, incarnation }: End, { owner }: SocketEnd): void {
    const last = this.#processes.get(id);
    if (last !== undefined) {
      const isAsPromised =
        last.owner === owner ? incarnation === last.incarnation : incarnation > last.incarnation;
      const what = `${nodeName(id)} says ${incarnation} of its process, after ${last.incarnation}`;
      if (!isAsPromised) this.#judge.break("newest-wins", what);
    }
    this.#processes.set(id, { owner, incarnation });
  }

  #sent(handshake: Handshake, isDialler: boolean, { type, body }: SaidFrame): void {
    const { dialler, acceptor, up, down } = handshake;
    const said = isDialler ? up : down;
    said.frames += 1;
    if (type === TYPE.beat) said.beats += 1;
    if (!isDialler) this.#isOnNewest(handshake);
    const [author, to] = isDialler ? [dialler, acceptor] : [acceptor, dialler];
    if (type !== TYPE.beat || author === null || to === null) return;
    this.#beats.set(beatsKey(author, to.id), Number(body.readBigUInt64BE(0)));
  }

  /** The newest process of a peer is answered, on the connection that it has made last. */
  #isOnNewest(handshake: Handshake): void {
    const { connection, dialler } = handshake;
    if (dialler === null) return;
    const key = `${connection.to} ${dialler.id}`;
    const open = (this.#answered.get(key) ?? []).filter((each) => isOpen(each));
    this.#answered.set(key, open);
    const newest = open.reduce((one, other) => (isNewer(other, one) ? other : one), handshake);
    if (newest === handshake) return;
    const isOfOlder = incarnationOf(newest) > dialler.incarnation;
    const which = isOfOlder ? "an older process" : "an older connection";
    this.#judge.break(
      "newest-wins",
      `${connection.to} speaks to ${which} of ${nodeName(dialler.id)}`,
    );
  }

  /** @returns true once, when the dialler has what finishes its handshake */
  read(connection: Connection, isDialler: boolean, bytes: number): boolean {
    if (!isDialler) return false;
    const handshake = this.#of(connection);
    handshake.readBytes += bytes;
    const { ready, readBytes, isFinished } = handshake;
    if (isFinished || ready === null || readBytes < ready.end) return false;
    handshake.isFinished = true;
    return true;
  }

  /** Of the process of that node which runs now. */
  truthOf(id: NodeId, peer: NodeId): LinkTruth {
    let [met, certainBeats, sent, connects] = [-1n, 0, 0, 0];
    let isConnected = false;
    for (const handshake of this.#all.values()) {
      const side = sideOf(handshake, id, peer);
      if (side === null || side.socket?.owner.isAlive !== true) continue;
      const { other, isFinished, isForSending, said, heard } = side;
      sent += said.frames;
      if (!isFinished) continue;
      if (isForSending) {
        connects += 1;
        isConnected ||= !side.socket.isGone;
      }
      if (other.incarnation > met) [met, certainBeats] = [other.incarnation, 0];
      const isWhole = isOpen(handshake) && !handshake.connection.isDoomed;
      if (other.incarnation === met && isWhole) certainBeats += heard.beats;
    }
    const beats = this.#beats.get(beatsKey({ id: peer, incarnation: met }, id)) ?? 0;
    const isKnown = isReplica(id) && isReplica(peer);
    return { beats, certainBeats, sent, connects, isConnected: isKnown ? isConnected : null };
  }
}

/** A connection, as the process at one of its ends sees it. */
interface Side {
  readonly socket: SocketEnd | null;
  readonly other: End;
  readonly isFinished: boolean;
  readonly isForSending: boolean;
  readonly said: Said;
  readonly heard: Said;
}

/** @returns null if it is none between those two */
function sideOf(handshake: Handshake, id: NodeId, peer: NodeId): Side | null {
  const { connection, dialler, acceptor, ready, isFinished, up, down } = handshake;
  if (dialler === null || acceptor === null) return null;
  if (dialler.id === id && acceptor.id === peer) {
    const socket = connection.dialler;
    return { socket, other: acceptor, isFinished, isForSending: true, said: up, heard: down };
  }
  if (acceptor.id !== id || dialler.id !== peer) return null;
  return {
    socket: connection.acceptor,
    other: dialler,
    isFinished: ready !== null,
    isForSending: !isReplica(peer),
    said: down,
    heard: up,
  };
}

function isOpen({ connection }: Handshake): boolean {
  return connection.acceptor?.isGone === false;
}

function isNewer(one: Handshake, other: Handshake): boolean {
  const [mine, its] = [incarnationOf(one), incarnationOf(other)];
  return mine > its || (mine === its && (one.ready?.number ?? 0) > (other.ready?.number ?? 0));
}

function incarnationOf({ dialler }: Handshake): bigint {
  return dialler?.incarnation ?? -1n;
}

function endOf(hello: Buffer): End {
  return {
    id: hello.readUInt32BE(HELLO_AT.dialler),
    incarnation: hello.readBigUInt64BE(HELLO_AT.incarnation),
  };
}

function beatsKey({ id, incarnation }: End, to: NodeId): string {
  return `${id} ${incarnation} ${to}`;
}
