/** What harness and client host process say to each other, one line of JSON each. */
import { z } from "zod";
import { wantedBehaviours } from "../../../faults/byzantine/switch-line.ts";
import { peerCounters } from "./sightings.ts";

export const toClientHost = z.discriminatedUnion("kind", [
  /** One operation through the ordered path, to know that the cluster serves. */
  z.object({ kind: z.literal("probe") }),
  /** The zero instant of the run, monotonic ns; the history is written from then on. */
  z.object({ kind: z.literal("zero"), zeroNs: z.string() }),
  z.object({ kind: z.literal("load"), on: z.boolean() }),
  /** Which attacks of its bad client are on from now on. */
  z.object({ kind: z.literal("behave"), behaviours: wantedBehaviours }),
  /** Final reads of every key; after that time an unanswered one is not tried again. */
  z.object({ kind: z.literal("verify"), forMs: z.number() }),
  /** What is outstanding is unknown; write everything and leave. */
  z.object({ kind: z.literal("end") }),
]);
export type ToClientHost = z.output<typeof toClientHost>;

const figures = z.object({
  issued: z.number(),
  ok: z.number(),
  unknown: z.number(),
  shed: z.number(),
  idle: z.boolean(),
  operationsPerSecond: z.number(),
  p99Ms: z.number().nullable(),
});
export type Figures = z.output<typeof figures>;

export const fromClientHost = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("probed"), answered: z.boolean() }),
  z.object({
    kind: z.literal("figures"),
    figures,
    peers: peerCounters,
    /** What its bad client counts of itself. */
    acts: z.record(z.string(), z.number()),
    /** So long somebody has waited and nobody was answered; null = nobody waits. */
    silentMs: z.number().nullable(),
  }),
  /** Somebody was answered after an outage of that length; monotonic ns. */
  z.object({ kind: z.literal("recovered"), silentMs: z.number(), time: z.number() }),
  z.object({ kind: z.literal("verified"), complete: z.boolean() }),
  z.object({ kind: z.literal("ended"), figures }),
  /** Worth a line in the ledger. */
  z.object({ kind: z.literal("note"), what: z.string(), detail: z.string() }),
  /** The history could not be written: the run is worth nothing any more. */
  z.object({ kind: z.literal("failed"), why: z.string() }),
]);
export type FromClientHost = z.output<typeof fromClientHost>;

/** Files of `nodes/`, of the project or of a copy with a planted bug, that clients are made of. */
export interface ClientCode {
  readonly clientHost: string;
  readonly registry: string;
}

/** The file that the process is started with, beside the `ClientHostConfig` in it. */
export interface ClientWork {
  readonly code: ClientCode;
  readonly historyFile: string;
  readonly figuresEveryMs: number;
}
