/** What `nodes/runtime/timers.ts` offers, in virtual time. */
import type * as realTimers from "../../../nodes/runtime/timers.ts";
import { runningProcess } from "./memory-process.ts";

function nowMs(): number {
  return runningProcess().host.world.nowMs;
}

/** Whatever is no such number, or larger, is 1 to a timer of the machine. */
const TIMER_MS_MAX = 2 ** 31 - 1;

function after(askedMs: number, action: () => void): () => void {
  const process = runningProcess();
  const timer = {};
  process.timers.add(timer);
  const ms = askedMs >= 0 && askedMs <= TIMER_MS_MAX ? askedMs : 1;
  process.host.world.after(ms, process, () => {
    if (process.timers.delete(timer)) action();
  });
  return () => void process.timers.delete(timer);
}

function every(ms: number, action: () => void): () => void {
  const process = runningProcess();
  const timer = {};
  process.timers.add(timer);
  const again = (): void =>
    process.host.world.after(ms, process, () => {
      if (!process.timers.has(timer)) return;
      action();
      again();
    });
  again();
  return () => void process.timers.delete(timer);
}

function atEndOfTick(action: () => void): void {
  const process = runningProcess();
  process.host.world.soon(process, action);
}

/** Behind what this turn has called, and before anybody's next one. */
function atEndOfTurn(action: () => void): void {
  const process = runningProcess();
  process.host.world.stir();
  queueMicrotask(() => process.turn(action));
}

export const memoryTimers = {
  hostClockNs: () => BigInt(Math.round(nowMs() * 1e6)),
  hostClockMs: nowMs,
  stopwatchMs: nowMs,
  after,
  every,
  atEndOfTick,
  atEndOfTurn,
} satisfies Record<keyof typeof realTimers, unknown>;
