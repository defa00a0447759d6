/** What is on the wire: all that leaves an honest process, and what somebody makes of it there. */
import { isReplica, type NodeId } from "../../../nodes/protocols/contract/core.ts";
import { type Connection, type Dial, PORTS, type SocketEnd, type Tap } from "./connection.ts";
import { Dials } from "./dials.ts";
import { Handshakes } from "./handshakes.ts";
import type { Judge } from "./judge.ts";
import { spoilt, type Tampering } from "./tampering.ts";
import type { World } from "./world.ts";

const DATA = 16;
const REPLY = 17;
/** What stands in front of a frame with a code. */
const CODED_HEAD_BYTES = 8;
/** What waits unread in a process, beside the frame that is not whole. */
const UNREAD_BYTES_MAX = 512 * 1024;

interface Direction {
  frames: number;
  bytes: number;
  /** Where each DATA frame ended. */
  readonly ends: number[];
  read: number;
}

/** The `count`-th frame of one end of a connection, and all behind it, comes so much later. */
export interface HoldUp {
  readonly from: string;
  readonly to: string;
  readonly of: "dialler" | "acceptor";
  readonly count: number;
  readonly forMs: number;
  /** Its end, once more so much later. */
  readonly lingersMs: number;
  readonly onStuck: (end: SocketEnd) => void;
}

export interface WireParts {
  readonly judge: Judge;
  readonly world: Pick<World, "after" | "nowMs">;
  /** Null for who is none of the cluster. */
  readonly nodeOf: (host: string) => NodeId | null;
  readonly isCoded: boolean;
  /** A frame of that host is out. */
  readonly onLeft: (host: string) => void;
}

export class Wire implements Tap {
  readonly #parts: WireParts;
  readonly #directions = new Map<string, Direction>();
  readonly #since = new Map<number, number>();
  readonly handshakes: Handshakes;
  readonly #dials: Dials;
  /** Each is done once. */
  tamperings: Tampering[] = [];
  holdUps: HoldUp[] = [];
  /** The first words of the last finished handshake over each link, to be said again. */
  readonly recorded = new Map<string, Buffer[]>();

  constructor(parts: WireParts) {
    this.#parts = parts;
    const { judge, world, nodeOf } = parts;
    this.handshakes = new Handshakes(judge, nodeOf);
    this.#dials = new Dials(world, judge);
  }

  onDialled(dial: Dial): void {
    this.#dials.dialled(dial);
  }

  onConnected(connection: Connection): void {
    if (connection.port !== PORTS.peers) return;
    this.#since.set(connection.number, this.#parts.world.nowMs);
    this.#dials.connected(connection, () => this.handshakes.isReady(connection));
  }

  onWritten(connection: Connection, isDialler: boolean, bytes: Buffer): readonly Buffer[] {
    const author = this.#parts.nodeOf(isDialler ? connection.from : connection.to);
    if (connection.port === PORTS.pages) return [bytes];
    if (author === null) {
      this.handshakes.strangerSaid(connection, bytes);
      return [bytes];
    }
    if (isDialler) this.#record(connection, bytes);
    const socket = isDialler ? connection.dialler : connection.acceptor;
    if (socket?.writableNeedDrain === true) {
      const to = isDialler ? connection.to : connection.from;
      this.#parts.judge.break("bounded-memory", `somebody writes to ${to} though nothing leaves`);
    }
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const frame = this.#cut(connection, isDialler, bytes.subarray(at));
      at += frame.length;
      pieces.push(...this.#tampered(connection, isDialler, frame));
    }
    return pieces;
  }

  onRead(connection: Connection, isDialler: boolean, bytes: number): void {
    if (connection.port !== PORTS.peers) return;
    const { nodeOf, judge } = this.#parts;
    const receiver = nodeOf(isDialler ? connection.from : connection.to);
    const author = nodeOf(isDialler ? connection.to : connection.from);
    if (this.handshakes.read(connection, isDialler, bytes)) this.#dials.finished(connection);
    if (receiver === null || author === null || isDialler) return;
    const direction = this.#direction(connection, true);
    direction.read += bytes;
    const taken = judge.taken(connection.number, receiver);
    const start = taken === 0 ? 0 : (direction.ends[taken - 1] ?? 0);
    const end = direction.ends[taken];
    if (end === undefined || direction.read < end) return;
    if (direction.read - end > UNREAD_BYTES_MAX) {
      const waits = `${direction.read - start} bytes wait there that nobody has looked at`;
      judge.break("bounded-memory", `${connection.to} reads on from ${connection.from}: ${waits}`);
    }
  }

  #record({ from, to, number }: Connection, bytes: Buffer): void {
    const key = `${from} ${to}`;
    const said = this.#direction({ number }, true).frames === 0 ? [] : this.recorded.get(key);
    if (said === undefined || said.length > 4) return;
    said.push(Buffer.from(bytes));
    this.recorded.set(key, said);
  }

  #direction({ number }: Pick<Connection, "number">, isDialler: boolean): Direction {
    const key = `${number} ${isDialler}`;
    const direction = this.#directions.get(key) ?? { frames: 0, bytes: 0, ends: [], read: 0 };
    this.#directions.set(key, direction);
    return direction;
  }

  /** One whole frame: nobody writes parts of them. */
  #cut(connection: Connection, isDialler: boolean, bytes: Buffer): Buffer {
    const { judge, nodeOf } = this.#parts;
    const direction = this.#direction(connection, isDialler);
    const isCoded = this.#isCoded(connection, isDialler, direction.frames);
    const head = isCoded ? CODED_HEAD_BYTES : 4;
    const size = head + bytes.readUInt32BE(0) + (isCoded ? 16 : 0);
    const frame = bytes.subarray(0, size);
    direction.frames += 1;
    direction.bytes += size;
    const type = frame[head] ?? 0;
    const body = frame.subarray(head + 1, isCoded ? size - 16 : size);
    const sinceMs = this.#since.get(connection.number) ?? 0;
    if (type === DATA) {
      direction.ends.push(direction.bytes);
      const to = nodeOf(connection.to);
      if (to !== null) judge.left(body, { to, connection: connection.number, sinceMs });
    } else if (type === REPLY) {
      const to = body.readUInt32BE(0);
      judge.left(body.subarray(4), { to, connection: connection.number, sinceMs });
    }
    this.handshakes.said(connection, isDialler, { type, body, bytes: direction.bytes });
    this.#holdUp(connection, isDialler, direction.frames);
    this.#parts.onLeft(isDialler ? connection.from : connection.to);
    return frame;
  }

  #holdUp(connection: Connection, isDialler: boolean, frames: number): void {
    const place = this.holdUps.findIndex(({ from, to, of, count }) => {
      const isThere = from === connection.from && to === connection.to;
      return isThere && (of === "dialler") === isDialler && count === frames;
    });
    const [holdUp] = place < 0 ? [] : this.holdUps.splice(place, 1);
    const end = isDialler ? connection.dialler : connection.acceptor;
    if (holdUp === undefined || end === null) return;
    const untilMs = this.#parts.world.nowMs + holdUp.forMs;
    connection.stuck = { end, untilMs, lingersMs: holdUp.lingersMs };
    connection.isTouched = true;
    holdUp.onStuck(end);
  }

  #isCoded({ from, to }: Connection, isDialler: boolean, before: number): boolean {
    const { isCoded, nodeOf } = this.#parts;
    const [dialler, acceptor] = [nodeOf(from), nodeOf(to)];
    const areReplicas =
      dialler !== null && acceptor !== null && isReplica(dialler) && isReplica(acceptor);
    return isCoded && areReplicas && before >= (isDialler ? 2 : 1);
  }

  #tampered(connection: Connection, isDialler: boolean, frame: Buffer): readonly Buffer[] {
    const { from, to } = connection;
    const isCore = frame[CODED_HEAD_BYTES] === DATA;
    const place = this.tamperings.findIndex(
      (each) => each.from === from && each.to === to && (isCore || each.of === "any"),
    );
    const isProven = this.#direction(connection, isDialler).frames > 3;
    if (place < 0 || !isDialler || !isProven) return [frame];
    const [tampering] = this.tamperings.splice(place, 1);
    if (tampering === undefined) return [frame];
    connection.isTouched = true;
    return spoilt(frame, tampering);
  }
}
