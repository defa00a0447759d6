import { expect, test } from "vitest";
import { Random } from "../simulation/random.ts";
import type { SocketEnd } from "./connection.ts";
import { Dials } from "./dials.ts";
import { Judge } from "./judge.ts";
import { World } from "./world.ts";

const running = () => ({ isAlive: true, isLeaving: false });

/** One process and what it does with its connections to one peer. */
function dialling() {
  const world = new World(new Random(1));
  const judge = new Judge(2, () => world.nowMs);
  const dials = new Dials(world, judge);
  const owner = running();
  let close: (hadError: boolean) => void = () => undefined;
  let socket: SocketEnd | null = null;
  const end = { owner } as SocketEnd;
  return {
    owner,
    dial: () => {
      socket = { ...end };
      const onClosed = (action: typeof close): void => {
        close = action;
      };
      dials.dialled({ from: "r0", to: "r1", socket, onClosed });
    },
    /** @param at how far the other end is with the handshake, and whether that end is there */
    connect: ({ isReady = true, isGone = false, owner = running() } = {}) => {
      if (socket === null) throw new Error("nobody has dialled");
      const link = {} as never;
      const names = { number: 1, from: "r0", to: "r1", port: 1, link, isDoomed: false };
      const acceptor = { owner, isGone } as SocketEnd;
      const connection = { ...names, dialler: socket, acceptor, isTouched: false, stuck: null };
      dials.connected(connection, () => isReady);
      dials.finished(connection);
      return connection;
    },
    close: (hadError = true) => close(hadError),
    after: (ms: number) => world.run(ms),
    get broken() {
      return judge.broken.map(({ check }) => check);
    },
  };
}

test("the pause doubles up to its cap, and a finished handshake begins it anew", async () => {
  const process = dialling();
  for (const pauseMs of [0, 10, 20, 40, 80, 160, 250, 250]) {
    await process.after(pauseMs);
    process.dial();
    process.close();
  }
  await process.after(250);
  process.dial();
  process.connect();
  process.close();
  await process.after(10);
  process.dial();
  expect(process.broken).toEqual([]);
});

test.each([
  ["earlier than it should", 5, "steady"],
  ["later than it should", 150, "comes-back"],
  ["never", 500, "comes-back"],
] as const)("who dials again %s is told", async (_, afterMs, check) => {
  const process = dialling();
  process.dial();
  process.close();
  await process.after(afterMs);
  if (afterMs < 500) process.dial();
  expect(process.broken).toEqual([check]);
});

test("who has ended, or is told to stop, need not dial", async () => {
  for (const change of [{ isAlive: false }, { isLeaving: true }]) {
    const process = dialling();
    process.dial();
    process.close();
    Object.assign(process.owner, change);
    await process.after(1_000);
    expect(process.broken).toEqual([]);
  }
});

test("one connection is enough, and an answer is not waited for without end", async () => {
  const process = dialling();
  process.dial();
  process.dial();
  expect(process.broken).toEqual(["steady"]);
  const waiting = dialling();
  waiting.dial();
  await waiting.after(5_200);
  expect(waiting.broken).toEqual(["comes-back"]);
});

test.each([
  ["proves nothing", { isReady: false, isGone: false }, ["bounded-memory"]],
  ["has proven who it is", { isReady: true, isGone: false }, []],
  ["has gone", { isReady: false, isGone: true }, []],
])("who %s is kept for as long as a handshake may take", async (_, at, checks) => {
  const process = dialling();
  process.dial();
  process.connect({ isReady: at.isReady, isGone: at.isGone });
  await process.after(5_200);
  expect(process.broken).toEqual(checks);
});

test("a connection may end with an error, with its other end, or if it was touched", async () => {
  const closedBy = (prepare: (process: ReturnType<typeof dialling>) => boolean) => {
    const process = dialling();
    process.dial();
    process.close(prepare(process));
    return process.broken;
  };
  const untouched = (process: ReturnType<typeof dialling>) => {
    process.connect();
    return false;
  };
  expect(closedBy(untouched)).toEqual(["steady"]);
  expect(closedBy((process) => untouched(process) || true)).toEqual([]);
  const owner = { isAlive: false, isLeaving: false };
  expect(closedBy((process) => process.connect({ owner }) === null)).toEqual([]);
  expect(closedBy((process) => !(process.connect().isTouched = true))).toEqual([]);
});
