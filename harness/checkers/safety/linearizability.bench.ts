/**
 * How long the linearizability checker takes and how much memory it needs, on histories of 10
 * clients x 10 000 operations of kv with 64 keys: `node harness/checkers/safety/linearizability.bench.ts`.
 * Each history runs in a process of its own, so that peaks do not add up.
 */
import { fork } from "node:child_process";
import { kvModel } from "../../../nodes/services/models/kv.ts";
import type { HistoryEvent } from "../../observations/observations.ts";
import { checkHistory } from "./linearizability/check-history.ts";

const CLIENTS = 10;
const OPERATIONS = 10_000;

/** A small generator of its own (mulberry32), so that every run measures the same histories. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Shape {
  readonly keys: number;
  /** How many answers never arrive; half of those operations took effect. */
  readonly unknowns: number;
}

interface Running {
  readonly process: number;
  readonly client: number;
  readonly f: "read" | "write" | "cas" | "append";
  readonly key: string;
  readonly value: HistoryEvent["value"];
  readonly effectAt: number;
  readonly endsAt: number;
  result?: Pick<HistoryEvent, "type" | "value">;
}

/**
 * Clients run closed loops on a real map; effects happen at a random moment inside the operation.
 */
function generate({ keys, unknowns }: Shape): HistoryEvent[] {
  const draw = random(7);
  const store = new Map<string, string>();
  const events: HistoryEvent[] = [];
  const left = Array.from({ length: CLIENTS }, () => OPERATIONS);
  const lostEvery = unknowns === 0 ? Infinity : Math.floor((CLIENTS * OPERATIONS) / unknowns);
  let processes = CLIENTS;
  let started = 0;
  const pending: { readonly at: number; readonly act: () => void }[] = [];
  const emit = (
    running: Running,
    time: number,
    rest: Pick<HistoryEvent, "type" | "value">,
  ): void => {
    const { process, f, key } = running;
    events.push({ index: events.length, time, process, f, key, ...rest });
  };
  const schedule = (at: number, act: () => void): void => {
    pending.push({ at, act });
  };
  const start = (client: number, process: number, now: number): void => {
    const remaining = left[client] ?? 0;
    if (remaining === 0) return;
    left[client] = remaining - 1;
    started += 1;
    const lost = started % lostEvery === 0;
    const running = drawOperation({ client, process, now, draw, keys, number: started, store });
    emit(running, now, { type: "invoke", value: running.value });
    if (!lost || started % 2 === 0) {
      schedule(running.effectAt, () => {
        running.result = execute(running, store);
      });
    }
    schedule(running.endsAt, () => {
      const answer = running.result ?? { type: "info" as const, value: running.value };
      emit(running, running.endsAt, lost ? { type: "info", value: running.value } : answer);
      start(client, lost ? processes++ : process, running.endsAt + draw());
    });
  };
  for (let client = 0; client < CLIENTS; client += 1) start(client, client, draw());
  while (pending.length > 0) {
    let first = 0;
    for (let index = 1; index < pending.length; index += 1) {
      if ((pending[index]?.at ?? 0) < (pending[first]?.at ?? 0)) first = index;
    }
    pending.splice(first, 1)[0]?.act();
  }
  return events;
}

function drawOperation(context: {
  readonly client: number;
  readonly process: number;
  readonly now: number;
  readonly number: number;
  readonly keys: number;
  readonly draw: () => number;
  readonly store: ReadonlyMap<string, string>;
}): Running {
  const { client, process, now, draw, number, store } = context;
  const key = `k${Math.floor(draw() * context.keys)}`;
  const length = 1 + draw() * 9;
  const common = { process, client, key, effectAt: now + draw() * length, endsAt: now + length };
  const kind = draw();
  if (kind < 0.4) return { ...common, f: "read", value: null };
  if (kind < 0.85) return { ...common, f: "write", value: `v${number}` };
  return { ...common, f: "cas", value: [store.get(key) ?? null, `v${number}`] };
}

function execute(
  { f, key, value }: Running,
  store: Map<string, string>,
): Pick<HistoryEvent, "type" | "value"> {
  if (f === "read") return { type: "ok", value: store.get(key) ?? null };
  if (typeof value === "string") store.set(key, value);
  if (!Array.isArray(value)) return { type: "ok", value };
  const [from, to] = value as readonly [string | null, string];
  if ((store.get(key) ?? null) !== from) return { type: "fail", value };
  store.set(key, to);
  return { type: "ok", value };
}

/** The read answers what was there two writes before. */
function plantStaleRead(events: HistoryEvent[]): void {
  const target = Math.floor(events.length * 0.7);
  for (let at = target; at < events.length; at += 1) {
    const event = events[at];
    if (event?.f !== "read" || event.type !== "ok") continue;
    const earlier = events.slice(0, at - 2_000).findLast((other) => {
      return other.key === event.key && other.f === "write" && other.type === "ok";
    });
    if (earlier === undefined) continue;
    events[at] = { ...event, value: earlier.value };
    return;
  }
}

/** An acknowledged write of which nothing is ever seen: the reads after it show what was before. */
function plantLostWrite(events: HistoryEvent[]): void {
  const draw = random(3);
  const at = Math.floor(events.length * (0.6 + draw() * 0.1));
  const time = events[at]?.time ?? 0;
  const read = events.findIndex(
    (event, index) => index > at && event.f === "read" && event.type === "ok",
  );
  const { key, process } = events[read] ?? { key: "k0", process: 0 };
  const invoke = events.findLastIndex(
    (event, index) => index < read && event.process === process && event.type === "invoke",
  );
  const common = { process: 1_000_000, f: "write" as const, key, value: "lost", index: -1, time };
  events.splice(invoke, 0, { ...common, type: "invoke" }, { ...common, type: "ok" });
}

const HISTORIES: Readonly<Record<string, () => readonly HistoryEvent[]>> = {
  "valid, 64 keys": () => generate({ keys: 64, unknowns: 0 }),
  "valid, 1 key": () => generate({ keys: 1, unknowns: 0 }),
  "50 unknown outcomes, 64 keys": () => generate({ keys: 64, unknowns: 50 }),
  "50 unknown outcomes, 1 key": () => generate({ keys: 1, unknowns: 50 }),
  "planted stale read": () => {
    const events = generate({ keys: 64, unknowns: 0 });
    plantStaleRead(events);
    return events;
  },
  "planted stale read, 50 unknown outcomes": () => {
    const events = generate({ keys: 64, unknowns: 50 });
    plantStaleRead(events);
    return events;
  },
  "planted stale read, 1 key, 50 unknown outcomes": () => {
    const events = generate({ keys: 1, unknowns: 50 });
    plantStaleRead(events);
    return events;
  },
  "planted lost write": () => {
    const events = generate({ keys: 64, unknowns: 0 });
    plantLostWrite(events);
    return events;
  },
};

function measure(name: string): void {
  const events = HISTORIES[name]?.() ?? [];
  const before = process.resourceUsage().maxRSS;
  const start = performance.now();
  const cpu = process.cpuUsage();
  const result = checkHistory(events, kvModel, { timeLimitMs: 120_000 });
  const seconds = (performance.now() - start) / 1000;
  // Beside the time on the wall, which a busy machine stretches.
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = ((user + system) / 1e6).toFixed(2);
  const peak = process.resourceUsage().maxRSS;
  const shown = result.violation === null ? "" : `, ${result.violation.events.length} events shown`;
  console.log(
    `${name}: ${result.outcome} in ${seconds.toFixed(2)} s (${cpuSeconds} s of CPU), ${result.operations} operations, ` +
      `peak ${Math.round(peak / 1024)} MiB (${Math.round(before / 1024)} before the check)${shown}`,
  );
}

const [name] = process.argv.slice(2);
if (name !== undefined) measure(name);
else {
  for (const each of Object.keys(HISTORIES)) {
    await new Promise((resolve) => {
      fork(import.meta.filename, [each]).once("exit", resolve);
    });
  }
}
