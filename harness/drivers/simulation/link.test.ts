import { expect, test } from "vitest";
import { FRAME_BYTES_MAX } from "../../../nodes/protocols/contract/limits.ts";
import type { WireParameters } from "../../plan/simulation.ts";
import { EventQueue } from "./event-queue.ts";
import { Link, type LinkShape, OPEN_LINK, type Sent, typedCount } from "./link.ts";
import { Random } from "./random.ts";

const CALM: WireParameters = {
  delayMinMs: 1,
  delayMaxMs: 5,
  loss: 0,
  duplication: 0,
  reordering: 0,
  reconnectMaxMs: 10,
  queueMax: 2,
};

function wire(parameters: Partial<WireParameters> = {}) {
  const queue = new EventQueue();
  let now = 0;
  const link = new Link({
    queue,
    random: new Random(3),
    now: () => now,
    parameters: () => ({ ...CALM, ...parameters }),
  });
  const arrived: { readonly name: string; readonly at: number }[] = [];
  return {
    link,
    arrived,
    names: () => arrived.map(({ name }) => name),
    send: (...names: string[]) => {
      for (const name of names)
        link.send({ body: new Uint8Array(100) }, () => arrived.push({ name, at: now }));
    },
    sendOf: (name: string, frame: Sent) => link.send(frame, () => arrived.push({ name, at: now })),
    shape: (shape: Partial<LinkShape>) => link.setShape({ ...OPEN_LINK, ...shape }),
    run: (until: number) => {
      while (queue.nextTime <= until) {
        const event = queue.take();
        now = event?.time ?? now;
        event?.run();
      }
      now = until;
    },
  };
}

test("frames arrive in order, each within the delay of the wire", () => {
  const { send, run, names, arrived } = wire();
  send("a", "b", "c");
  run(100);
  expect(names()).toEqual(["a", "b", "c"]);
  for (const { at } of arrived) expect(at).toBeLessThanOrEqual(5);
});

/** As long as an envelope of the type, and with its byte in the place. */
function ofType(type: number): Sent {
  return { body: new Uint8Array(100).fill(type, 6, 7) };
}

test("messages of one type are lost or late, and the others pass", () => {
  const { sendOf, shape, run, names, link } = wire();
  shape({ typed: [{ kind: "loss", share: 1, type: 4 }] });
  sendOf("a", ofType(4));
  sendOf("b", ofType(5));
  run(100);
  expect(names()).toEqual(["b"]);
  expect(link.counters.typed).toEqual(
    new Map([
      [typedCount("sent", 4), 1],
      [typedCount("loss", 4), 1],
      [typedCount("sent", 5), 1],
    ]),
  );
  shape({ typed: [{ kind: "lateness", share: 1, type: 5 }], lateMs: 50 });
  sendOf("c", ofType(5));
  sendOf("d", ofType(4));
  run(149);
  expect(names()).toEqual(["b", "d"]);
  run(200);
  expect(names()).toEqual(["b", "d", "c"]);
});

test("a fault of the wire counts beside what the wire does by itself: the larger share", () => {
  const worse = wire({ duplication: 1 });
  worse.shape({ loss: 1, duplication: 0.5 });
  worse.send("a", "b");
  worse.run(100);
  // Lost, and its double arrives.
  expect(worse.names()).toEqual(["a", "b"]);
  expect(worse.link.counters).toMatchObject({ loss: 2, duplication: 2, reordering: 0 });
  worse.shape({});
  worse.send("c");
  worse.run(200);
  expect(worse.names()).toEqual(["a", "b", "c", "c"]);
});

test("reordering, loss and duplication happen when they are asked for", () => {
  const many = Array.from({ length: 200 }, (_, index) => `${index}`);
  const shuffled = wire({ reordering: 1 });
  shuffled.send(...many);
  shuffled.run(100);
  expect(shuffled.names()).not.toEqual(many);
  expect(shuffled.names().toSorted()).toEqual(many.toSorted());

  const lossy = wire({ loss: 0.5, duplication: 0.5 });
  lossy.send(...many);
  lossy.run(100);
  expect(new Set(lossy.names()).size).toBeLessThan(200);
  expect(new Set(lossy.names()).size).toBeLessThan(lossy.names().length);
});

test("hold keeps frames and delivers them in order at the heal", () => {
  const { send, run, shape, names } = wire();
  shape({ mode: "hold" });
  send("a", "b");
  run(100);
  expect(names()).toEqual([]);
  shape({});
  send("c");
  run(200);
  expect(names()).toEqual(["a", "b", "c"]);
});

test("drop loses frames for ever, and the connection that lost them dies at the heal", () => {
  const { link, send, run, shape, names } = wire();
  shape({ mode: "drop" });
  send("a");
  run(100);
  shape({});
  expect(link.connected).toBe(false);
  run(200);
  send("b");
  run(300);
  expect(names()).toEqual(["b"]);
  expect(link.counters).toMatchObject({ sent: 2, received: 1, lost: 1, connects: 2 });
});

test("refuse loses what is under way, keeps a bounded queue and comes back after a back-off", () => {
  const { link, send, run, shape, names } = wire();
  send("flying");
  shape({ mode: "refuse" });
  send("a", "b", "c");
  run(100);
  expect(names()).toEqual([]);
  shape({});
  run(200);
  expect(names()).toEqual(["b", "c"]);
  expect(link.counters.dropped).toBe(1);
});

test("a dead receiver gets nothing until it runs and the link stays cut while it is refused", () => {
  const { link, send, run, shape, names } = wire();
  link.receiverStopped();
  shape({ mode: "refuse" });
  link.receiverStarted();
  send("a");
  run(100);
  expect(names()).toEqual([]);
  shape({});
  run(200);
  expect(names()).toEqual(["a"]);
});

test("latency adds to the wire and a thin link sends one frame after the other", () => {
  const delayed = wire();
  delayed.shape({ latencyMs: 50 });
  delayed.send("a");
  delayed.run(50);
  expect(delayed.names()).toEqual([]);
  delayed.run(60);
  expect(delayed.names()).toEqual(["a"]);

  const thin = wire();
  thin.shape({ bytesPerMs: 1 });
  thin.send("a", "b");
  thin.run(1000);
  expect(thin.arrived[1]?.at).toBeGreaterThanOrEqual(200);
});

test("a cut-off closes the connection after its bytes, and again after the next", () => {
  const { link, send, run, shape, names } = wire();
  shape({ cutoffBytes: 250 });
  send("a");
  run(50);
  send("b");
  run(100);
  send("c");
  run(150);
  send("d");
  run(200);
  expect(names()).toEqual(["a", "b", "d"]);
  expect(link.counters.connects).toBe(2);
});

const MIB = 1024 * 1024;

test("what waits at its sender is bounded in bytes too, behind the oldest", () => {
  const { link, names, run, shape, sendOf } = wire({ queueMax: 1_000 });
  shape({ mode: "refuse" });
  for (const name of ["a", "b", "c", "d"]) sendOf(name, { body: new Uint8Array(3 * MIB) });
  shape({});
  run(100);
  expect(names()).toEqual(["b", "c", "d"]);
  expect(link.counters.dropped).toBe(1);
});

test("of one client the newest alone waits, and takes the place of the one before", () => {
  const { link, names, run, shape, sendOf } = wire({ queueMax: 1_000 });
  shape({ mode: "refuse" });
  sendOf("old", { body: new Uint8Array(1), client: 65_537 });
  sendOf("of another", { body: new Uint8Array(1), client: 65_538 });
  sendOf("new", { body: new Uint8Array(1), client: 65_537 });
  shape({});
  run(100);
  expect(names()).toEqual(["new", "of another"]);
  expect(link.counters.dropped).toBe(1);
});

test("a frame that nobody would take is not sent", () => {
  const { link, names, run, sendOf } = wire();
  sendOf("longest", { body: new Uint8Array(FRAME_BYTES_MAX) });
  sendOf("longer", { body: new Uint8Array(FRAME_BYTES_MAX + 1) });
  run(100);
  expect(names()).toEqual(["longest"]);
  expect(link.counters.dropped).toBe(1);
});

test("what is held back fills the buffers on the way, and what comes then waits behind it", () => {
  const { link, names, run, shape, sendOf } = wire({ queueMax: 1 });
  shape({ mode: "hold" });
  for (const name of ["a", "b", "c", "d"]) sendOf(name, { body: new Uint8Array(2 * MIB) });
  shape({});
  run(100);
  expect(names()).toEqual(["a", "b", "d"]);
  expect(link.counters.dropped).toBe(1);
});

test("on a thin link the rest waits at its sender, and goes on over the next connection", () => {
  const { link, names, run, shape, send } = wire();
  shape({ bytesPerMs: 1 });
  send("a", "b", "c");
  run(50);
  link.breakUp();
  run(1_000);
  expect(names()).toEqual(["b", "c"]);
  expect(link.counters.lost).toBe(1);
});

test("what waits for a connection dies with its sender", () => {
  const { link, shape, send, run, names } = wire();
  shape({ mode: "refuse" });
  send("a", "b");
  link.senderStopped();
  shape({});
  send("c");
  run(100);
  expect(names()).toEqual(["c"]);
  expect(link.counters.dropped).toBe(2);
});

test("waiting for a connection is no slowness of the link", () => {
  const { link, shape, send, run, names } = wire();
  shape({ mode: "refuse" });
  send("a");
  run(500);
  shape({});
  run(600);
  expect(names()).toEqual(["a"]);
  expect(link.counters).toMatchObject({ slowed: 0, slowedMs: 0 });
});

test("a connection that breaks makes room for as much as may be held back", () => {
  const { link, shape, sendOf, run } = wire();
  const MIB = { body: new Uint8Array(1024 * 1024) };
  const sendMany = () => {
    for (const name of ["a", "b", "c", "d", "e", "f"]) sendOf(name, MIB);
  };
  shape({ mode: "hold" });
  sendMany();
  expect(link.counters.dropped).toBe(0);
  link.breakUp();
  run(100);
  // The two that waited are held now, and two more are; two wait, and two are too many.
  sendMany();
  expect(link.counters).toMatchObject({ lost: 4, dropped: 2 });
});
