import { afterEach, expect, test } from "vitest";
import type { CoreStatus, Effects, Input, ReplicaCore } from "../protocols/contract/core.ts";
import { AuditWriter } from "./audit-writer.ts";
import { until } from "./cluster.fixture.ts";
import { Replica } from "./replica.ts";
import { WorkMeter } from "./work-meter.ts";

const running: Replica[] = [];
afterEach(() => {
  for (const replica of running.splice(0)) replica.stop();
});

type Step = (input: Input, effects: Effects) => void;

class Core implements ReplicaCore {
  readonly #step: Step;

  constructor(step: Step) {
    this.#step = step;
  }

  step(input: Input, _now: number, effects: Effects): void {
    this.#step(input, effects);
  }

  status(): CoreStatus {
    return { view: 0, active: true, lastExec: 0, stable: 0, rejected: {}, counters: {} };
  }

  queues(): Readonly<Record<string, number>> {
    return {};
  }

  stateDigest(): string {
    return "";
  }
}

const FRAME: Input = { kind: "frame", from: 1, bytes: Uint8Array.of(1) };

/** What the core is told and what leaves, in order. */
function start(step: Step): { readonly replica: Replica; readonly log: string[] } {
  const log: string[] = [];
  const replica = new Replica({
    core: new Core((input, effects) => {
      log.push(input.kind);
      step(input, effects);
    }),
    links: {
      send: (_to, [byte]) => log.push(`sent ${byte}`),
      broadcast: () => undefined,
      flush: () => undefined,
      resume: () => undefined,
    },
    audit: new AuditWriter({ file: "", level: "off", replica: 0, boot: 1 }),
    counts: { sent: () => undefined, broadcast: () => undefined, executed: () => undefined },
    meter: new WorkMeter(),
    log: null,
    onFatal: (_exit, why) => log.push(why),
  });
  running.push(replica);
  return { replica, log };
}

test("a timer of 0 ms is due when all of the tick was taken and nothing of it has left", async () => {
  const { replica, log } = start((input, effects) => {
    if (input.kind === "frame") effects.setTimer("end", 0);
    effects.send(1, Uint8Array.of(input.kind === "frame" ? 1 : 2));
  });
  replica.input(FRAME);
  replica.input(FRAME);
  await until("the tick has ended", () => log.includes("sent 2"));
  expect(log).toEqual(["frame", "frame", "timer", "sent 1", "sent 1", "sent 2"]);
});

test("one that sets itself again is due in the next tick, and holds up none", async () => {
  let turns = 0;
  const { replica, log } = start((_input, effects) => {
    turns += 1;
    if (turns < 3) effects.setTimer("end", 0);
    effects.send(1, Uint8Array.of(turns));
  });
  replica.input(FRAME);
  await until("it is over", () => log.includes("sent 3"));
  expect(log).toEqual(["frame", "timer", "sent 1", "sent 2", "timer", "sent 3"]);
});

test("one that is cancelled, or set anew for later, is not due", async () => {
  const { replica, log } = start((input, effects) => {
    effects.setTimer("cancelled", 0);
    effects.cancelTimer("cancelled");
    effects.setTimer("later", 0);
    effects.setTimer("later", 60_000);
    if (input.kind === "frame") effects.send(1, Uint8Array.of(1));
  });
  replica.input(FRAME);
  await until("the tick has ended", () => log.includes("sent 1"));
  expect(log).toEqual(["frame", "sent 1"]);
});

test("what one turn of frames made leaves before anything else has its turn", async () => {
  const { replica, log } = start((_input, effects) => effects.send(1, Uint8Array.of(1)));
  replica.input(FRAME);
  replica.input(FRAME);
  await Promise.resolve();
  expect(log).toEqual(["frame", "frame", "sent 1", "sent 1"]);
});

test("a timer that sets itself again for ever leaves sockets and clocks their turn", async () => {
  let hadItsTurn = false;
  setImmediate(() => (hadItsTurn = true));
  let turns = 0;
  const { replica, log } = start((_input, effects) => {
    turns += 1;
    if (!hadItsTurn && turns < 1000) effects.setTimer("end", 0);
    if (hadItsTurn) effects.send(1, Uint8Array.of(1));
  });
  replica.input(FRAME);
  await until("something else had its turn", () => log.includes("sent 1"));
  expect(turns).toBeLessThan(10);
});
