/**
 * A real process at the ends of links, for the tests of the injectors: it sends a numbered, stamped
 * frame over every link it dials, redials what breaks, and tells its parent what arrived.
 * `node frame-peer.fixture.ts <json of PeerPlan>`, forked with an IPC channel.
 */
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";

export interface PeerPlan {
  readonly host: string;
  /** Ports to listen on, by link. */
  readonly listen: Readonly<Record<string, number>>;
  /** Ports to dial, by link, and how large a frame is. */
  readonly dial: Readonly<Record<string, { readonly port: number; readonly frameBytes: number }>>;
  readonly everyMs: number;
}

/** What a peer tells its parent, every few frames. Milliseconds on the host's monotonic clock. */
export interface PeerReport {
  /** How many times it has tried to send on every link. */
  readonly ticks: number;
  /** The newest frame of each link that arrived here: when it was sent, and when it was read. */
  readonly arrived: Readonly<Record<string, { readonly sentAt: number; readonly readAt: number }>>;
}

/** The monotonic clock that all processes of one host share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

const REDIAL_MS = 20;
const BACKLOG_BYTES = 1 << 20;

function listen(link: string, port: number, host: string, seen: Map<string, Arrival>): void {
  const server = createServer((socket) => {
    let rest = "";
    socket.setEncoding("latin1");
    socket.on("error", () => socket.destroy());
    socket.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      // A connection that was cut in mid-frame is torn down, so every line is a whole frame.
      const newest = lines.at(-1);
      if (newest === undefined) return;
      const sentAt = Number.parseFloat(newest);
      seen.set(link, { sentAt, readAt: monotonicMs() });
    });
  });
  server.listen({ host, port });
}

interface Arrival {
  readonly sentAt: number;
  readonly readAt: number;
}

function dial(port: number, host: string, frameBytes: number): () => void {
  let socket: Socket | null = null;
  const open = () => {
    socket = connect({ host, port });
    socket.on("error", () => socket?.destroy());
    socket.resume();
    socket.on("close", () => setTimeout(open, REDIAL_MS));
  };
  open();
  return () => {
    if (socket === null || !socket.writable || socket.connecting) return;
    if (socket.writableLength > BACKLOG_BYTES) return;
    socket.write(`${monotonicMs()} `.padEnd(frameBytes - 1, ".") + "\n");
  };
}

function main(plan: PeerPlan): void {
  const { host } = plan;
  const arrived = new Map<string, Arrival>();
  for (const [link, port] of Object.entries(plan.listen)) listen(link, port, host, arrived);
  const senders = Object.values(plan.dial).map(({ port, frameBytes }) =>
    dial(port, host, frameBytes),
  );
  let ticks = 0;
  setInterval(() => {
    for (const send of senders) send();
    ticks += 1;
    const report: PeerReport = { ticks, arrived: Object.fromEntries(arrived) };
    arrived.clear();
    process.send?.(report);
  }, plan.everyMs);
  process.on("disconnect", () => process.exit());
}

if (import.meta.main) main(JSON.parse(process.argv[2] ?? "{}") as PeerPlan);
