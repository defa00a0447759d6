/** Those who want in, or want to be a burden: what each does to one replica. */
import { clientId, type NodeId, nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { KeyConfig } from "../../../nodes/runtime/config.ts";
import { encodeFrame, FRAME } from "../../../nodes/runtime/frame.ts";
import { DiallerHandshake, type Identity } from "../../../nodes/runtime/handshake.ts";
import { Ed25519Authenticator } from "../../../nodes/runtime/keys.ts";
import { keysFor, madeUpKeys, STOLEN_HOST } from "./cluster-keys.ts";
import { encodeLedgerFrame } from "./ledger-frame.ts";
import type { MemoryHost } from "./memory-host.ts";
import { pageActs } from "./page-strangers.ts";
import type { StrangerAct, StrangerTask, StrangerWorld } from "./stranger.ts";
import { StrangerLine } from "./stranger-line.ts";

/** More connections of one peer than this are not kept. */
const CONNECTIONS_MAX = 4;
const HALF_BYTES = 9 * 1024 * 1024;
const HALF_FRAMES_BYTES_MAX = 18 * 1024 * 1024;
/** What waits in a replica for its turn, and for each connection a piece and what is on its way. */
const FLOOD = { lines: 4, pieces: 40, framesOfPiece: 100, frameBytes: 150 };
const FLOOD_WINDOW_BYTES = 32 * 1024;
const UNREAD_BYTES_MAX = FLOOD.lines * (256 * 1024 + 64 * 1024 + FLOOD_WINDOW_BYTES);
const SETTLED_MS = 800;
const WATCHED_EACH_MS = 25;
const SILENT = 40;

const acts = {
  ...pageActs,
  silent: (world, task) => {
    for (let count = 0; count < SILENT; count += 1) dial(world, task.to, () => undefined);
  },
  greeting: (world, task) => {
    const who = identity(world, { as: task.as, keys: madeUpKeys(nodeName(task.as)) });
    for (let count = 0; count < SILENT; count += 1) {
      dial(world, task.to, (line) => line.say(helloOf(world, who, task)));
    }
  },
  impostor: (world, task) => {
    const who = identity(world, { as: task.as, keys: madeUpKeys(nodeName(task.as)) });
    enter(world, task, who, (line) => line.say(lie(task.as)));
  },
  "foreign-cluster": (world, task) => {
    const who = identity(world, { as: task.as, keys: keysFor([nodeName(task.as)]) });
    const clusterId = "f".repeat(32);
    enter(world, task, { ...who, clusterId }, (line) => line.say(lie(task.as)));
  },
  "foreign-epoch": (world, task) => {
    const who = identity(world, { as: task.as, keys: keysFor([nodeName(task.as)]) });
    enter(world, task, { ...who, epoch: who.epoch + 1 }, (line) => line.say(lie(task.as)));
  },
  replayed: (world, task) => {
    dial(world, task.to, (line) => {
      for (const bytes of world.recorded(task)) line.say(bytes);
    });
  },
  unproven: (world, task) => {
    const who = identity(world, { as: task.as, keys: madeUpKeys(nodeName(task.as)) });
    dial(world, task.to, (line) => line.say(lie(task.as)));
    dial(world, task.to, (line) => {
      line.say(Buffer.concat([helloOf(world, who, task), lie(task.as)]));
    });
    dial(world, task.to, (line) => {
      const proof = encodeFrame({ type: FRAME.proof, body: Buffer.alloc(64) });
      line.say(Buffer.concat([helloOf(world, who, task), proof, lie(task.as)]));
    });
  },
  garbage: (world, task) => {
    const lengths = [0, 1, 0xffff_ffff, 300, 257];
    for (const length of lengths) {
      const bytes = Buffer.alloc(4 + 64, length % 251);
      bytes.writeUInt32BE(length, 0);
      dial(world, task.to, (line) => line.say(bytes));
    }
  },
  "many-connections": (world, task) => {
    const who = insider(world);
    const lines = Array.from({ length: 2 * CONNECTIONS_MAX }, () =>
      enter(world, task, who, (line) => line.say(lie(STOLEN_HOST))),
    );
    world.later(() => {
      const open = lines.filter(({ isOpen }) => isOpen);
      if (open.length > CONNECTIONS_MAX) {
        const kept = `keeps ${open.length} connections of one peer`;
        world.judge.break("bounded-memory", `${task.to} ${kept}`);
      } else if (open.length === CONNECTIONS_MAX) oneMore(world, task, { who, open });
    });
  },
  "older-process": (world, task) => {
    const who = insider(world);
    const newer = Array.from({ length: CONNECTIONS_MAX }, () => enter(world, task, who));
    world.later(() => {
      const open = newer.filter(({ isOpen }) => isOpen);
      if (open.length < CONNECTIONS_MAX) return;
      const older = { ...who, incarnation: who.incarnation - 1_000n };
      const late = enter(world, task, older);
      world.later(() => {
        if (!late.isOpen || open.every(({ isOpen }) => isOpen)) return;
        const what = "a connection of an older process of a peer pushes out one of the newer";
        world.judge.break("newest-wins", `${task.to}: ${what}`);
      });
    });
  },
  "half-frames": (world, task) => {
    const half = Buffer.alloc(HALF_BYTES);
    half.writeUInt32BE(16 * 1024 * 1024, 0);
    half.writeUInt8(FRAME.data, 4);
    const lines = [1, 2, 3].map(() => enter(world, task, insider(world), (line) => line.say(half)));
    world.later(() => {
      const bytes = lines.filter(({ isOpen }) => isOpen).length * HALF_BYTES;
      if (bytes <= HALF_FRAMES_BYTES_MAX) return;
      world.judge.break("bounded-memory", `${task.to} keeps ${bytes} bytes of half frames`);
    });
  },
  flood: (world, task) => {
    const link = world.host.network.link(world.host.name, task.to);
    Object.assign(link, { windowBytes: FLOOD_WINDOW_BYTES, pieceBytesMax: 64 * 1024 });
    const frame = lie(STOLEN_HOST, FLOOD.frameBytes);
    const piece = Buffer.concat(Array.from({ length: FLOOD.framesOfPiece }, () => frame));
    const lines = Array.from({ length: FLOOD.lines }, () =>
      enter(world, task, insider(world), (line) => {
        for (let count = 0; count < FLOOD.pieces; count += 1) line.say(piece);
      }),
    );
    watch(world, task, { lines, frameBytes: frame.length });
  },
} satisfies Readonly<Record<string, StrangerAct>>;

export type StrangerKind = keyof typeof acts;
export const STRANGERS = Object.keys(acts) as readonly StrangerKind[];

/** The fifth takes the place of the oldest. */
function oneMore(
  world: StrangerWorld,
  task: StrangerTask,
  { who, open }: { readonly who: Identity; readonly open: readonly StrangerLine[] },
): void {
  let isProven = false;
  const newest = enter(world, task, who, () => {
    isProven = true;
  });
  world.later(() => {
    if (!isProven || newest.isOpen || !open.every(({ isOpen }) => isOpen)) return;
    world.judge.break("newest-wins", `${task.to} turns away the newest connection of a peer`);
  });
}

/** @param dialled the machine of the replica that he speaks to */
export function comeAsStranger(
  kind: StrangerKind,
  { dialled, ...world }: Omit<StrangerWorld, "later"> & { readonly dialled: MemoryHost },
  task: StrangerTask,
): void {
  const { host, judge } = world;
  judge.stolen.add(STOLEN_HOST);
  const process = host.boot();
  const replica = dialled.process;
  const later = (action: () => void): void =>
    host.world.after(SETTLED_MS, process, () => {
      if (dialled.process === replica) action();
    });
  process.turn(() => acts[kind]({ ...world, later }, task));
}

/** What he could say and nobody has looked at lies in the memory of the replica. */
function watch(
  { host, judge }: StrangerWorld,
  { to, toId }: StrangerTask,
  { lines, frameBytes }: { readonly lines: readonly StrangerLine[]; readonly frameBytes: number },
): void {
  const { strangeTaken } = judge.ledger(toId);
  const look = (): void => {
    const open = lines.filter(({ isOpen }) => isOpen);
    const sent = open.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    const unread = sent - (judge.ledger(toId).strangeTaken - strangeTaken) * frameBytes;
    if (unread > UNREAD_BYTES_MAX) {
      judge.break("bounded-memory", `${to} reads on though ${unread} bytes wait to be looked at`);
    }
  };
  for (let ms = WATCHED_EACH_MS; ms <= SETTLED_MS; ms += WATCHED_EACH_MS) {
    host.world.after(ms, host.process, look);
  }
}

function insider(world: StrangerWorld): Identity {
  return identity(world, { as: STOLEN_HOST, keys: keysFor([nodeName(STOLEN_HOST)]) });
}

function identity(
  { host, clusterId, epoch }: StrangerWorld,
  { as, keys }: { readonly as: NodeId; readonly keys: KeyConfig },
): Identity {
  const incarnation = BigInt(Math.round(host.world.nowMs * 1e6));
  return {
    self: as,
    clusterId,
    epoch,
    incarnation,
    authenticator: new Ed25519Authenticator(as, keys),
  };
}

function nonce({ host }: StrangerWorld): Buffer {
  return Buffer.from(Array.from({ length: 32 }, () => host.world.random.integer(0, 255)));
}

function helloOf(world: StrangerWorld, who: Identity, { toId }: StrangerTask): Buffer {
  const body = new DiallerHandshake(who, toId, nonce(world)).hello();
  return encodeFrame({ type: FRAME.hello, body });
}

/** A frame that nobody may take from him, unless he has the keys of whom he speaks for. */
function lie(as: NodeId, bytes = 40): Buffer {
  const author = as === STOLEN_HOST ? clientId({ host: 1, index: 0 }) : as;
  const said = { author, number: 1, asks: "nothing" as const, isStrange: true };
  return encodeFrame({ type: FRAME.data, body: encodeLedgerFrame(said, bytes) });
}

function dial(
  { host }: StrangerWorld,
  to: string,
  onConnected: (line: StrangerLine) => void,
): StrangerLine {
  return new StrangerLine(host, to, { onConnected, onFrame: () => undefined });
}

/** The whole handshake, whatever it is worth, and what he says at once behind it. */
function enter(
  world: StrangerWorld,
  { to, toId }: StrangerTask,
  ...[who, behind]: readonly [who: Identity, behind?: (line: StrangerLine) => void]
): StrangerLine {
  const handshake = new DiallerHandshake(who, toId, nonce(world));
  return new StrangerLine(world.host, to, {
    onConnected: (line) => line.say(encodeFrame({ type: FRAME.hello, body: handshake.hello() })),
    onFrame: (line, { type, body }) => {
      if (type !== FRAME.challenge) return;
      const answer = handshake.prove(body);
      // Whoever is not let in tries all the same.
      const proof = typeof answer === "string" ? Buffer.alloc(64, 1) : answer.proof;
      line.say(encodeFrame({ type: FRAME.proof, body: proof }));
      behind?.(line);
    },
  });
}
