/** What a process says of its links, by which faults are attested, held against what was there. */
import { z } from "zod";
import { type NodeId, nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { Handshakes, LinkTruth } from "./handshakes.ts";
import type { Judge } from "./judge.ts";

/** One is on its way. */
const BEATS_LATE_MAX = 1;

const toldOfPeer = z.object({
  sent: z.number(),
  connects: z.number(),
  beatReceived: z.number(),
  beatsReceived: z.number(),
  connected: z.boolean(),
});
const status = z.object({ peers: z.record(z.string(), toldOfPeer) });

type Told = z.infer<typeof toldOfPeer>;
type Truths = ReadonlyMap<string, LinkTruth>;

export class Attested {
  readonly #judge: Judge;
  readonly #handshakes: Handshakes;
  /** Of who answers on a page: as it was when that was written last. */
  readonly #written = new Map<NodeId, Truths>();

  constructor(judge: Judge, handshakes: Handshakes) {
    this.#judge = judge;
    this.#handshakes = handshakes;
  }

  writes(id: NodeId, peers: readonly NodeId[]): void {
    const truths = peers.map(
      (peer) => [nodeName(peer), this.#handshakes.truthOf(id, peer)] as const,
    );
    this.#written.set(id, new Map(truths));
  }

  /** @param isQuiet all run, and nothing fails */
  page(id: NodeId, page: unknown, isQuiet: boolean): void {
    this.counters(id, status.parse(page).peers, isQuiet);
  }

  counters(id: NodeId, peers: Readonly<Record<string, Told>>, isQuiet: boolean): void {
    for (const [peer, truth] of this.#written.get(id) ?? []) {
      const told = peers[peer];
      const wrong = told === undefined ? "nothing" : untruth(told, truth, isQuiet);
      if (wrong !== null)
        this.#judge.break("attested", `${nodeName(id)} tells of ${peer}: ${wrong}`);
    }
  }
}

function untruth(told: Told, truth: LinkTruth, isQuiet: boolean): string | null {
  const { sent, connects, beatReceived, beatsReceived, connected } = told;
  if (sent !== truth.sent) return `${sent} frames, and has sent ${truth.sent}`;
  if (connects !== truth.connects)
    return `${connects} handshakes, and there were ${truth.connects}`;
  if (beatReceived > truth.beats || beatsReceived > beatReceived) {
    return `BEAT ${beatReceived}, ${beatsReceived} in all, and ${truth.beats} were sent`;
  }
  const isConnected = truth.isConnected ?? (isQuiet || connected);
  if (connected !== isConnected) return connected ? "a connection that has gone" : "none";
  if (!isQuiet) return null;
  const isBehind = beatReceived < truth.beats - BEATS_LATE_MAX;
  if (isBehind || beatsReceived < truth.certainBeats - BEATS_LATE_MAX) {
    const { beats, certainBeats } = truth;
    return `BEAT ${beatReceived}, ${beatsReceived} in all, and ${beats} came, ${certainBeats} in all`;
  }
  return null;
}
