import type { Connection } from "./connection.ts";
import { BODY_BYTES_MAX, type Frame } from "./frame.ts";

/** Live connections of one peer: one is in use, a few older ones may still hold something. */
const CONNECTIONS_MAX = 4;

/** One frame of full size may be on its way, and a little more on another connection. */
const PARTIAL_BYTES_MAX = BODY_BYTES_MAX + 1024 * 1024;

interface Source {
  readonly connection: Connection;
  /** Of the process at its other end. */
  readonly incarnation: bigint;
}

export interface ArrivedFrame extends Source, Frame {}

/**
 * What one proven peer has sent and nobody has looked at yet: its live connections. The newest ones
 * stay, each is read to its end, and together they may make us hold so much and no more.
 */
export class Inbox {
  /** The oldest process first, and of each process the oldest connection first. */
  #sources: readonly Source[] = [];

  /** If there are too many the oldest goes: the new one itself, if it is of an older process. */
  add(connection: Connection, incarnation: bigint): void {
    const newer = this.#sources.findIndex((source) => source.incarnation > incarnation);
    const place = newer < 0 ? this.#sources.length : newer;
    this.#sources = this.#sources.toSpliced(place, 0, { connection, incarnation });
    if (this.#sources.length > CONNECTIONS_MAX) {
      this.#sources[0]?.connection.close("too-many-connections");
    }
  }

  /** To be called when the connection has closed. */
  remove(connection: Connection): void {
    this.#sources = this.#sources.filter((source) => source.connection !== connection);
  }

  /** @returns null when no whole frame is there */
  take(): ArrivedFrame | null {
    for (const source of this.#sources) {
      const { connection, incarnation } = source;
      const frame = connection.read();
      if (frame === null) continue;
      // Named one by one: for every frame to copy whatever there is costs ten times as much.
      const { type, body, wireBytes } = frame;
      return { connection, incarnation, type, body, wireBytes };
    }
    this.#holdToBudget();
    return null;
  }

  #holdToBudget(): void {
    let bytes = 0;
    for (const { connection } of this.#sources) bytes += connection.partialBytes;
    if (bytes <= PARTIAL_BYTES_MAX) return;
    const oldest = this.#sources.find(({ connection }) => connection.partialBytes > 0);
    oldest?.connection.close("too-much-half-received");
  }
}
