import type { Progress } from "../drivers/driver.ts";
import { printable } from "../scenario/printable.ts";
import { milliseconds } from "./format.ts";

/** The part of a stream that a live line needs. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressView {
  update(progress: Progress): void;
  /** Removes the live line, so that what comes next starts on a clean one. */
  end(): void;
}

const PLAIN_EVERY_MS = 5_000;

/**
 * One live line on a terminal; elsewhere plain lines, one in five seconds and one at every change
 * of phase, so that a CI log stays readable.
 * @param nowMs any clock that does not jump back
 */
export function progressView(out: Terminal, scenario: string, nowMs: () => number): ProgressView {
  return out.isTTY === true ? liveLine(out, scenario) : plainLines(out, scenario, nowMs);
}

function liveLine(out: Terminal, scenario: string): ProgressView {
  return {
    update(progress) {
      const columns = out.columns ?? 80;
      out.write(`\r\u001b[2K${clip(lineOf(scenario, progress), columns - 1)}`);
    },
    end() {
      out.write("\r\u001b[2K");
    },
  };
}

function plainLines(out: Terminal, scenario: string, nowMs: () => number): ProgressView {
  let lastAt = Number.NEGATIVE_INFINITY;
  let lastPhase: Progress["phase"] | null = null;
  return {
    update(progress) {
      const now = nowMs();
      if (progress.phase === lastPhase && now - lastAt < PLAIN_EVERY_MS) return;
      lastAt = now;
      lastPhase = progress.phase;
      out.write(`${lineOf(scenario, progress)}\n`);
    },
    end() {},
  };
}

function lineOf(scenario: string, progress: Progress): string {
  const { phase, remainingMs, operationsPerSecond, p99Ms, view, activeFaults } = progress;
  return [
    printable(scenario),
    `${phase} ${Math.ceil(Math.max(0, remainingMs) / 1000)} s left`,
    `${Math.round(operationsPerSecond)} op/s`,
    `p99 ${milliseconds(p99Ms)}`,
    `view ${view ?? "–"}`,
    activeFaults.length === 0 ? "no fault" : `faults: ${activeFaults.map(printable).join(", ")}`,
  ].join(" | ");
}

function clip(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}
