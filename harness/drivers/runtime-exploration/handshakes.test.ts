import { beforeEach, expect, test } from "vitest";
import { Attested } from "./attested.ts";
import type { Connection, SocketEnd } from "./connection.ts";
import { Handshakes } from "./handshakes.ts";
import { Judge } from "./judge.ts";

const TYPE = { hello: 1, challenge: 2, ready: 4, data: 16, beat: 18 } as const;
const IDS = new Map([
  ["r0", 0],
  ["r1", 1],
  ["c0", 65_536],
]);

/** A process of one of them, by the incarnation that it tells. */
interface Party {
  readonly host: "r0" | "r1" | "c0";
  readonly incarnation: bigint;
  readonly owner: SocketEnd["owner"];
}

function party(host: Party["host"], incarnation: bigint): Party {
  return { host, incarnation, owner: { isAlive: true, isLeaving: false } };
}

let judge = new Judge(2, () => 0);
let handshakes = new Handshakes(judge, () => null);
beforeEach(() => {
  judge = new Judge(2, () => 0);
  handshakes = new Handshakes(judge, (host) => IDS.get(host) ?? null);
});

const told = () => judge.broken.map(({ check, what }) => `${check}: ${what}`);

/** A connection on which the dialler has said HELLO. */
function dial(dialler: Party, acceptor: Party, isStranger = false) {
  const ends = [dialler, acceptor].map(({ owner }) => ({ owner, isGone: false }));
  const [from, to] = ends as unknown as [SocketEnd, SocketEnd];
  const names = { number: 1, from: dialler.host, to: acceptor.host, port: 1, link: {} as never };
  const state = { isDoomed: false, isTouched: false, stuck: null };
  const connection: Connection = { ...names, ...state, dialler: from, acceptor: to };
  const say = (isDialler: boolean, type: number, body: Buffer = Buffer.alloc(0)): void =>
    handshakes.said(connection, isDialler, { type, body, bytes: 100 });
  const hello = Buffer.alloc(72);
  hello.writeUInt32BE(IDS.get(dialler.host) ?? 0, 24);
  hello.writeBigUInt64BE(dialler.incarnation, 32);
  if (isStranger) {
    const head = Buffer.from([0, 0, 0, 73, TYPE.hello]);
    handshakes.strangerSaid(connection, Buffer.concat([head, hello]));
  } else say(true, TYPE.hello, hello);
  return {
    finish: () => {
      say(false, TYPE.challenge, numbered(acceptor.incarnation));
      say(false, TYPE.ready);
      handshakes.read(connection, true, 100);
    },
    data: (isDialler: boolean) => say(isDialler, TYPE.data),
    beat: (number: bigint) => say(true, TYPE.beat, numbered(number)),
    close: () => {
      for (const end of ends) end.isGone = true;
    },
    doom: () => {
      connection.isDoomed = true;
    },
  };
}

function meet(dialler: Party, acceptor: Party) {
  const connection = dial(dialler, acceptor);
  connection.finish();
  return connection;
}

function numbered(number: bigint): Buffer {
  const body = Buffer.alloc(16);
  body.writeBigUInt64BE(number);
  return body;
}

test("each process of a node is newer than the last, and calls itself the same all the time", () => {
  const [first, next] = [party("r0", 5n), party("r0", 6n)];
  meet(first, party("r1", 9n));
  meet(first, party("r1", 10n));
  meet(next, party("r1", 11n));
  expect(told()).toEqual([]);
  meet({ ...next, incarnation: 7n }, party("r1", 12n));
  expect(told()).toEqual(["newest-wins: r0 says 7 of its process, after 6"]);
});

test.each([8n, 9n])("an acceptor that starts as %s, after 9, is told", (incarnation) => {
  meet(party("r0", 5n), party("r1", 9n));
  meet(party("r0", 6n), party("r1", incarnation));
  expect(told()).toEqual([`newest-wins: r1 says ${incarnation} of its process, after 9`]);
});

test("who answers an older connection of the same process is told", () => {
  const [clients, replica] = [party("c0", 5n), party("r0", 9n)];
  const [older, newer] = [meet(clients, replica), meet(clients, replica)];
  newer.data(false);
  expect(told()).toEqual([]);
  older.data(false);
  expect(told()).toEqual(["newest-wins: r0 speaks to an older connection of c0"]);
});

test("who answers a dead process whose handshake was finished last is told", () => {
  const [dead, clients, replica] = [party("c0", 5n), party("c0", 6n), party("r0", 9n)];
  const late = dial(dead, replica);
  const running = meet(clients, replica);
  late.finish();
  running.data(false);
  expect(told()).toEqual([]);
  late.data(false);
  expect(told()).toEqual(["newest-wins: r0 speaks to an older process of c0"]);
});

test("what a stranger is told on an older connection is told, too", () => {
  const [thief, replica] = [party("c0", 5n), party("r0", 9n)];
  const [older, newer] = [dial(thief, replica, true), dial(thief, replica, true)];
  older.finish();
  newer.finish();
  older.data(false);
  expect(told()).toEqual(["newest-wins: r0 speaks to an older connection of c0"]);
});

test("an older connection may be answered when the newer one has gone", () => {
  const [clients, replica] = [party("c0", 5n), party("r0", 9n)];
  const [older, newer] = [meet(clients, replica), meet(clients, replica)];
  newer.close();
  older.data(false);
  expect(told()).toEqual([]);
});

/** What r0 may say of its link with r1: it has sent a frame and five BEATs, and has heard three. */
const truth = { sent: 6, connects: 1, beatReceived: 3, beatsReceived: 3, connected: true };

function tells(said: Readonly<Record<string, typeof truth>>, isQuiet: boolean): readonly string[] {
  const attested = new Attested(judge, handshakes);
  attested.writes(0, [1]);
  attested.page(0, { peers: said }, isQuiet);
  return told();
}

function linked() {
  const [mine, other] = [party("r0", 5n), party("r1", 9n)];
  const [up, down] = [meet(mine, other), meet(other, mine)];
  up.data(true);
  for (let number = 1n; number <= 5n; number += 1n) up.beat(number);
  for (let number = 1n; number <= 3n; number += 1n) down.beat(number);
  return up;
}

test.each([
  ["what was there", {}],
  ["a BEAT less, which is on its way", { beatReceived: 2, beatsReceived: 2 }],
])("a page tells %s, and nothing is wrong", (_, said) => {
  linked();
  expect(tells({ r1: { ...truth, ...said } }, true)).toEqual([]);
});

test.each([
  ["frames more than it has sent", { sent: 7 }, "7 frames, and has sent 6"],
  ["frames less than it has sent", { sent: 5 }, "5 frames, and has sent 6"],
  ["another number of handshakes", { connects: 2 }, "2 handshakes, and there were 1"],
  ["a BEAT that was not sent", { beatReceived: 4 }, "BEAT 4, 3 in all, and 3 were sent"],
  ["a BEAT twice", { beatsReceived: 4 }, "BEAT 3, 4 in all, and 3 were sent"],
  ["no connection though there is one", { connected: false }, "none"],
])("a page that tells %s is told", (_, said, wrong) => {
  linked();
  expect(tells({ r1: { ...truth, ...said } }, false)).toEqual([
    `attested: r0 tells of r1: ${wrong}`,
  ]);
});

test("a page that tells nothing of a peer, or of a connection that has gone, is told", () => {
  linked().close();
  expect(tells({}, false)).toEqual(["attested: r0 tells of r1: nothing"]);
  judge.broken.length = 0;
  const gone = "attested: r0 tells of r1: a connection that has gone";
  expect(tells({ r1: truth }, false)).toEqual([gone]);
});

test.each([
  ["the last BEATs are", { beatReceived: 1, beatsReceived: 1 }],
  ["one in between is", { beatsReceived: 1 }],
])("once all is quiet who does not tell that %s there is told", (_, said) => {
  linked();
  const page = { r1: { ...truth, ...said } };
  expect(tells(page, false)).toEqual([]);
  const [wrong = ""] = tells(page, true);
  expect(wrong).toContain("and 3 came, 3 in all");
});

test.each(["close", "doom"] as const)(
  "%s: BEATs of that connection may be lost, but not the last on the one that is open",
  (end) => {
    const [mine, other] = [party("r0", 5n), party("r1", 9n)];
    meet(mine, other);
    const lost = meet(other, mine);
    for (let number = 1n; number <= 3n; number += 1n) lost.beat(number);
    lost[end]();
    meet(other, mine).beat(4n);
    const page = { ...truth, sent: 0 };
    expect(tells({ r1: { ...page, beatReceived: 4, beatsReceived: 1 } }, true)).toEqual([]);
    const [wrong = ""] = tells({ r1: { ...page, beatReceived: 2, beatsReceived: 2 } }, true);
    expect(wrong).toContain("BEAT 2, 2 in all, and 4 came, 1 in all");
  },
);
