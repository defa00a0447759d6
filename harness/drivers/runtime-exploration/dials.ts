/** When a process dials a peer (`wire.md`): at once, once, and after each loss behind its pause. */
import type { Connection, Dial, SocketEnd } from "./connection.ts";
import type { Judge } from "./judge.ts";
import type { World } from "./world.ts";

const PAUSE_MS = { first: 10, most: 250 };
const HANDSHAKE_MS = 5_000;
/** What came before the end is read before that counts. */
const LATE_MS = 100;
const EARLY_MS = 1;

/** Of one process with one peer. */
interface Line {
  readonly names: string;
  dialled: number;
  open: SocketEnd | null;
  isFinished: boolean;
  /** Since a handshake was finished. */
  failures: number;
  endedMs: number;
  pauseMs: number;
}

export class Dials {
  readonly #world: Pick<World, "after" | "nowMs">;
  readonly #judge: Judge;
  readonly #lines = new WeakMap<SocketEnd["owner"], Map<string, Line>>();
  readonly #connections = new WeakMap<SocketEnd, Connection>();

  constructor(world: Pick<World, "after" | "nowMs">, judge: Judge) {
    this.#world = world;
    this.#judge = judge;
  }

  dialled({ from, to, socket, onClosed }: Dial): void {
    const { nowMs } = this.#world;
    const line = this.#lineOf(socket, from, to);
    if (line.open !== null) {
      this.#judge.break("steady", `${line.names} though it has a connection`);
    } else if (line.dialled > 0 && nowMs - line.endedMs < line.pauseMs - EARLY_MS) {
      const pauses = `${line.pauseMs} ms of pause are promised`;
      const waited = Math.round(nowMs - line.endedMs);
      this.#judge.break("steady", `${line.names} after ${waited} ms, and ${pauses}`);
    }
    line.open = socket;
    line.isFinished = false;
    line.dialled += 1;
    onClosed((hadError) => this.#closed(line, socket, hadError));
    this.#later(HANDSHAKE_MS + LATE_MS, () => {
      if (line.open !== socket || line.isFinished || !socket.owner.isAlive) return;
      this.#judge.break("comes-back", `${line.names} and waits for its answer for ever`);
    });
  }

  #lineOf({ owner }: SocketEnd, from: string, to: string): Line {
    const lines = this.#lines.get(owner) ?? new Map<string, Line>();
    this.#lines.set(owner, lines);
    const names = `${from} dials ${to}`;
    const fresh = { names, dialled: 0, open: null, isFinished: false, failures: 0 };
    const line = lines.get(to) ?? { ...fresh, endedMs: 0, pauseMs: 0 };
    lines.set(to, line);
    return line;
  }

  /** @param isReady the dialler has proven who it is */
  connected(connection: Connection, isReady: () => boolean): void {
    this.#connections.set(connection.dialler, connection);
    this.#later(HANDSHAKE_MS + LATE_MS, () => {
      if (connection.acceptor?.isGone !== false || isReady()) return;
      const what = `${connection.to} keeps for ever who has proven nothing`;
      this.#judge.break("bounded-memory", what);
    });
  }

  /** Only that begins the pauses anew: somebody in between may accept for who is not there. */
  finished({ from, to, dialler }: Connection): void {
    const line = this.#lineOf(dialler, from, to);
    if (line.open !== dialler) return;
    line.isFinished = true;
    line.failures = 0;
  }

  #closed(line: Line, socket: SocketEnd, hadError: boolean): void {
    if (line.open !== socket || !isWilling(socket)) return;
    if (line.isFinished && !hadError) this.#isCalledFor(line, this.#connections.get(socket));
    line.open = null;
    line.endedMs = this.#world.nowMs;
    line.pauseMs = Math.min(PAUSE_MS.most, PAUSE_MS.first * 2 ** line.failures);
    line.failures += 1;
    const { dialled } = line;
    this.#later(line.pauseMs + LATE_MS, () => {
      if (line.dialled !== dialled || !isWilling(socket)) return;
      const when = `within ${line.pauseMs} ms of its last attempt`;
      this.#judge.break("comes-back", `who ${line.names} does not do so again ${when}`);
    });
  }

  /** No end closes a connection whose other end runs and that nobody touched. */
  #isCalledFor({ names }: Line, connection: Connection | undefined): void {
    if (connection === undefined || connection.isTouched) return;
    if (connection.acceptor === null || !isWilling(connection.acceptor)) return;
    this.#judge.break("steady", `who ${names} loses a connection that nothing has touched`);
  }

  #later(ms: number, action: () => void): void {
    this.#world.after(ms, null, action);
  }
}

/** It runs, and is to go on. */
function isWilling({ owner }: SocketEnd): boolean {
  return owner.isAlive && !owner.isLeaving;
}
