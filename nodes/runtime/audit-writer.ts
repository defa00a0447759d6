import type { AuditEvent, AuditLevel } from "../protocols/contract/audit.ts";
import { isAudited } from "../protocols/contract/audit-events.ts";
import { closeSync, fstatSync, openSync, readSync, writeSync } from "./files.ts";
import { RejectLines } from "./reject-lines.ts";
import { hostClockMs, hostClockNs } from "./timers.ts";

export interface AuditOptions {
  readonly file: string;
  readonly level: AuditLevel;
  readonly replica: number;
  readonly boot: number;
  /** For somebody who waits for lines of these kinds; nobody does if missing. */
  readonly announced?: Announced;
}

export interface Announced {
  readonly kinds: readonly AuditEvent["e"][];
  /** Hears of each such line as soon as it is in the log, before what follows from it leaves. */
  readonly tell: (line: string) => void;
}

/**
 * `audit/<replica>.jsonl`: one write per tick, before what that tick sends. Every line tells at
 * which byte it begins, so that a reader sees that one is gone; a replica that starts again goes on
 * without reading what it has written.
 */
export class AuditWriter {
  readonly #level: AuditLevel;
  readonly #origin: string;
  readonly #descriptor: number;
  #lines: string;
  /** Where the next line will begin. */
  #offset: number;
  readonly #announced: Announced | null;
  /** Lines of the tick that somebody waits for. */
  readonly #news: string[] = [];
  readonly #rejects = new RejectLines((event) => this.#append(event));

  constructor({ file, level, replica, boot, announced }: AuditOptions) {
    this.#level = level;
    this.#announced = announced ?? null;
    this.#origin = `,"replica":${replica},"boot":${boot},`;
    this.#descriptor = level === "off" ? -1 : openSync(file, "a+");
    // A line torn by the last kill is left for readers to drop; it must not spoil the next one.
    this.#lines = level !== "off" && endsInMiddleOfLine(this.#descriptor) ? "\n" : "";
    this.#offset = (level === "off" ? 0 : fstatSync(this.#descriptor).size) + this.#lines.length;
  }

  add(event: AuditEvent): void {
    if (!isAudited(event.e, this.#level)) return;
    if (event.e === "reject") this.#rejects.add(event, hostClockMs());
    else this.#append(event);
  }

  #append(event: AuditEvent): void {
    const start = `{"offset":${this.#offset},"time":${hostClockNs()}${this.#origin}`;
    const line = `${start}${JSON.stringify(event).slice(1)}\n`;
    this.#lines += line;
    if (this.#announced?.kinds.includes(event.e) === true) this.#news.push(line);
    this.#offset += Buffer.byteLength(line);
  }

  /** @throws what the disk says */
  write(): void {
    this.#rejects.tick(hostClockMs());
    this.#flush();
  }

  /** What was counted only is told now. @throws what the disk says */
  close(): void {
    if (this.#descriptor < 0) return;
    this.#rejects.endPeriod();
    this.#flush();
    closeSync(this.#descriptor);
  }

  #flush(): void {
    if (this.#lines === "" || this.#descriptor < 0) return;
    const bytes = Buffer.from(this.#lines, "utf8");
    this.#lines = "";
    for (let offset = 0; offset < bytes.length; ) {
      offset += writeSync(this.#descriptor, bytes, offset);
    }
    for (const line of this.#news.splice(0)) this.#announced?.tell(line);
  }
}

function endsInMiddleOfLine(descriptor: number): boolean {
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}
