/** Whether what a runtime did is what its core was promised. Shares no code with it. */
import { isReplica, type NodeId, nodeName } from "../../../nodes/protocols/contract/core.ts";
import { Ledger, type SentFrame } from "./ledger.ts";
import { decodeLedgerFrame, FRAME_BYTES_MAX } from "./ledger-frame.ts";
import type { RuntimeCheck } from "./runtime-checks.ts";

export interface BrokenPromise {
  readonly check: RuntimeCheck;
  readonly what: string;
}

/** A replica stops looking at frames when so much waits for its disk. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;
const WAITING_SLACK_BYTES = 2 * 1024 * 1024;
/** What was queued before there was a connection: frames, and bytes behind the oldest. */
const BACKLOG = { frames: 4_096, bytes: 8 * 1024 * 1024 };
/** `/status`, with its digest and without. */
const RENDERINGS_MAX = 2;
/** Of one second: the first of each kind, how often each came again, and the rest together. */
const REJECT_LINES_MAX = 2 * (2 * 32 + 1);
const BROKEN_MAX = 10;
const TIMER_SLACK_MS = 1;
const TICK_MS = 1;

/** What honest cores said on one direction of a connection. */
interface Said {
  readonly frames: SentFrame[];
  readonly sinceMs: number;
  delivered: number;
  readonly backlog: { frames: number; bytes: number; readonly clients: Set<NodeId> };
}

export class Judge {
  readonly broken: BrokenPromise[] = [];
  /** Keys that somebody else has, too: what comes under them is theirs. */
  readonly stolen = new Set<NodeId>();
  readonly #ledgers = new Map<NodeId, Ledger>();
  readonly #said = new Map<string, Said>();
  readonly #lastLeft = new Map<string, number>();
  readonly #replicas: number;
  readonly #nowMs: () => number;
  #frames = 0;

  constructor(replicas: number, nowMs: () => number) {
    this.#replicas = replicas;
    this.#nowMs = nowMs;
  }

  nextFrame(): number {
    this.#frames += 1;
    return this.#frames;
  }

  ledger(id: NodeId): Ledger {
    const ledger = this.#ledgers.get(id) ?? new Ledger(id, this.#replicas - 1);
    this.#ledgers.set(id, ledger);
    return ledger;
  }

  break(check: RuntimeCheck, what: string): void {
    const isTold = this.broken.some((other) => other.check === check && other.what === what);
    if (!isTold && this.broken.length < BROKEN_MAX) this.broken.push({ check, what });
  }

  recovered(ledger: Ledger, records: readonly Uint8Array[]): void {
    const { claimed } = ledger;
    const written = ledger.batches;
    const { batch } = ledger.recovered(records);
    const name = nodeName(ledger.id);
    if (batch === null) {
      const found = `${records.length} records that were never its state`;
      this.break("read-back", `${name} goes on with ${found}, after ${written} batches`);
    } else if (batch < claimed.batch) {
      const what = `${claimed.by} rests on batch ${claimed.batch}`;
      this.break("durable", `${name} goes on from batch ${batch} of ${written}, but ${what}`);
    }
    // What was read back counts as durable: whatever is sent now rests on it.
    ledger.claimed = { batch: batch ?? 0, by: "what it had read back" };
  }

  expired(ledger: Ledger, id: string, nowMs: number): void {
    const timer = ledger.timers.get(id);
    const name = `${nodeName(ledger.id)}: timer ${id}`;
    ledger.timers.delete(id);
    if (timer === undefined) {
      this.break("timers", `${name} expires and was not set`);
      return;
    }
    const { dueMs, isImmediate } = timer;
    if (nowMs < dueMs - TIMER_SLACK_MS) this.break("timers", `${name} expires too early`);
    if (nowMs > dueMs + TIMER_SLACK_MS) this.break("timers", `${name} expires too late`);
    if (isImmediate && ledger.sentAt(dueMs).some(({ left }) => left.size > 0)) {
      this.break("timers", `${name}, of 0 ms, expires behind what its tick sent`);
    }
  }

  /** No timer may be forgotten by now. */
  overdue(ledger: Ledger): void {
    for (const [id, { dueMs }] of ledger.timers) {
      if (dueMs + 2 * TIMER_SLACK_MS < this.#nowMs()) {
        this.break("timers", `${nodeName(ledger.id)}: timer ${id} never expires`);
      }
    }
  }

  auditWritten(ledger: Ledger, text: string): void {
    const whole = (ledger.auditTail + text).lastIndexOf("\n") + 1;
    const lines = (ledger.auditTail + text).slice(0, whole);
    ledger.auditTail = (ledger.auditTail + text).slice(whole);
    this.#rejectsWritten(ledger, lines);
    for (const [, number, batch] of lines.matchAll(/"e":"checkpoint","n":(\d+),"d":"(\d+)"/g)) {
      if (Number(number) !== ledger.auditsWritten + 1) {
        const last = `audit line ${number} comes behind ${ledger.auditsWritten}`;
        this.break("in-order", `${nodeName(ledger.id)}: ${last}`);
      }
      ledger.auditsWritten = Number(number);
      ledger.claim(Number(batch), `audit line ${number}`);
    }
  }

  #rejectsWritten(ledger: Ledger, lines: string): void {
    const count = lines.split('"e":"reject"').length - 1;
    if (count === 0) return;
    const { nowMs, rejects } = { nowMs: this.#nowMs(), rejects: ledger.rejectLines };
    if (nowMs - rejects.sinceMs > 1_000) Object.assign(rejects, { sinceMs: nowMs, lines: 0 });
    rejects.lines += count;
    if (rejects.lines <= REJECT_LINES_MAX) return;
    const what = `${nodeName(ledger.id)} writes more than ${REJECT_LINES_MAX} lines in a second`;
    this.break("bounded-memory", `${what} of what it rejects`);
  }

  askedStatus(ledger: Ledger): void {
    if (ledger.askedStatus(this.#nowMs()) <= RENDERINGS_MAX) return;
    this.break("pages", `${nodeName(ledger.id)} renders its status for each who asks`);
  }

  /** It is out of its process: from now on others may know of it. */
  left(bytes: Uint8Array, { to, connection, sinceMs }: Leaving): void {
    const said = decodeLedgerFrame(bytes);
    const frame = said === null ? undefined : this.ledger(said.author).frames.get(said.number);
    if (frame === undefined) {
      this.break("unaltered", `a frame for ${nodeName(to)} leaves that no core has sent`);
      return;
    }
    const ledger = this.ledger(frame.author);
    const name = `frame ${frame.number} of ${nodeName(frame.author)} for ${nodeName(to)}`;
    if (frame.left.has(to)) this.break("at-most-once", `${name} leaves twice`);
    if (bytes.length > FRAME_BYTES_MAX) {
      this.break("bounded-memory", `${name} leaves with ${bytes.length} bytes: nobody takes that`);
    }
    if (isReplica(frame.author)) {
      ledger.claim(frame.restsOn, name);
      if (ledger.auditsWritten < frame.audits) {
        this.break("audit-first", `${name} leaves before audit line ${frame.audits} is written`);
      }
      if (isReplica(to)) this.#inOrder(frame, to, name);
    }
    const key = `${connection} ${to}`;
    const { frames, backlog } = this.#saidOn(key, sinceMs);
    frame.left.set(to, { connection, place: frames.length });
    frames.push(frame);
    const isQueued = frame.isFree && frame.sentMs + TICK_MS < sinceMs;
    if (isQueued) this.#inBacklog(backlog, frame, { to, name });
  }

  #saidOn(key: string, sinceMs: number): Said {
    const backlog = { frames: 0, bytes: 0, clients: new Set<NodeId>() };
    const said = this.#said.get(key) ?? { frames: [], sinceMs, delivered: 0, backlog };
    this.#said.set(key, said);
    return said;
  }

  #inOrder(frame: SentFrame, to: NodeId, name: string): void {
    const link = `${frame.author} ${to}`;
    const last = this.#lastLeft.get(link) ?? 0;
    if (frame.number < last) this.break("in-order", `${name} leaves behind frame ${last}`);
    this.#lastLeft.set(link, frame.number);
  }

  #inBacklog(
    backlog: Said["backlog"],
    frame: SentFrame,
    { to, name }: { readonly to: NodeId; readonly name: string },
  ): void {
    if (!isReplica(to)) {
      const isSecond = backlog.clients.has(to);
      backlog.clients.add(to);
      if (isSecond)
        this.break("bounded-memory", `${name} waited beside another of the same client`);
    }
    const { frames, bytes } = backlog;
    backlog.frames += 1;
    if (frames > 0) backlog.bytes += frame.bytes.length;
    if (frames >= BACKLOG.frames || bytes > BACKLOG.bytes) {
      this.break("bounded-memory", `${nodeName(frame.author)} had kept more than it may for one`);
    }
  }

  /** How many of the frames for it on that connection it has taken. */
  taken(connection: number, by: NodeId): number {
    return this.#said.get(`${connection} ${by}`)?.delivered ?? 0;
  }

  delivered(receiver: Ledger, from: NodeId, bytes: Uint8Array): void {
    const said = decodeLedgerFrame(bytes);
    const name = `what ${nodeName(receiver.id)} takes from ${nodeName(from)}`;
    const isFruitless = isReplica(from) && said?.asks !== "record";
    const look = { from, nowMs: this.#nowMs(), bytes: bytes.length, isFruitless };
    const tooMuch = isReplica(receiver.id) ? receiver.shares.look(look) : null;
    if (tooMuch !== null) {
      this.break("fair-share", `${nodeName(receiver.id)} ${tooMuch}, of ${nodeName(from)}`);
    }
    if (receiver.waitingBytes > WAITING_BYTES_MAX + WAITING_SLACK_BYTES) {
      this.break("bounded-memory", `${name} comes while too much waits for the disk`);
    }
    if (said?.isStrange === true) {
      receiver.strangeTaken += 1;
      if (said.author === from && this.stolen.has(from)) return;
      this.break("proven-sender", `${name} was said by somebody without its key`);
      return;
    }
    const frame = said === null ? undefined : this.ledger(said.author).frames.get(said.number);
    if (frame === undefined || !frame.bytes.equals(bytes)) {
      this.break("unaltered", `${name} is not what anybody sent`);
      return;
    }
    this.#arrived(frame, receiver.id, { from, name });
  }

  #arrived(
    frame: SentFrame,
    receiver: NodeId,
    { from, name }: { readonly from: NodeId; readonly name: string },
  ): void {
    const { author, number, to } = frame;
    const isAuthor = isReplica(author) ? author === from : Math.floor(author / from) === 1;
    if (!isAuthor) {
      this.break("proven-sender", `${name} is frame ${number} of ${nodeName(author)}`);
    }
    if (to !== null && to !== receiver) {
      this.break("proven-sender", `${name} is frame ${number}, for ${nodeName(to)}`);
    }
    if (frame.deliveredTo.has(receiver)) {
      this.break("at-most-once", `${name} is frame ${number}, again`);
      return;
    }
    frame.deliveredTo.add(receiver);
    const left = frame.left.get(receiver);
    const said = left && this.#said.get(`${left.connection} ${receiver}`);
    if (left === undefined || said === undefined) return;
    if (left.place !== said.delivered) {
      const place = `${left.place}. of its connection, after ${said.delivered} others`;
      this.break("in-order", `${name} is frame ${number}, the ${place}`);
    }
    said.delivered = left.place + 1;
  }
}

interface Leaving {
  readonly to: NodeId;
  readonly connection: number;
  /** When the connection was there to be used. */
  readonly sinceMs: number;
}
