import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import type { AuditEvent, AuditLevel } from "../protocols/audit.ts";
import { hostClockNs } from "./timers.ts";

export interface AuditOptions {
  readonly file: string;
  readonly level: AuditLevel;
  readonly replica: number;
  readonly boot: number;
}

/** `audit/<replica>.jsonl`: one write per tick, before what that tick sends. */
export class AuditWriter {
  readonly #level: AuditLevel;
  readonly #origin: string;
  readonly #descriptor: number;
  #lines: string;

  constructor({ file, level, replica, boot }: AuditOptions) {
    this.#level = level;
    this.#origin = `,"replica":${replica},"boot":${boot},`;
    this.#descriptor = level === "off" ? -1 : openSync(file, "a+");
    // A line torn by the last kill is left for readers to drop; it must not spoil the next one.
    this.#lines = level !== "off" && endsInMiddleOfLine(this.#descriptor) ? "\n" : "";
  }

  add(event: AuditEvent): void {
    if (this.#level === "off") return;
    if (this.#level === "decisions" && (event.e === "reject" || event.e === "timer")) return;
    this.#lines += `{"time":${hostClockNs()}${this.#origin}${JSON.stringify(event).slice(1)}\n`;
  }

  /** @throws what the disk says */
  write(): void {
    if (this.#lines === "" || this.#descriptor < 0) return;
    const bytes = Buffer.from(this.#lines, "utf8");
    this.#lines = "";
    for (let offset = 0; offset < bytes.length; ) {
      offset += writeSync(this.#descriptor, bytes, offset);
    }
  }

  close(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
  }
}

function endsInMiddleOfLine(descriptor: number): boolean {
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}
