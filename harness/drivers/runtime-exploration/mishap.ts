/** What may go wrong in one seed, as plain data: drawn, kept in a file, made small. */
import { z } from "zod";
import { BURST_KINDS } from "./bursts.ts";
import { DISK_STEPS } from "./disk-weather.ts";
import { STRANGERS } from "./strangers.ts";
import { TAMPERED, TAMPERINGS } from "./tampering.ts";
import { tornTail } from "./torn-tail.ts";

/** A replica by number. */
const host = z.int().min(0);
const other = host;
/** Who dials: a replica, or the host of the clients. */
const dialler = z.union([host, z.literal("clients")]);
const ms = z.number().min(0);
/** As a part of the whole. */
const at = z.number().min(0).max(1);
/** It dies by a power cut, or by a signal. */
const cut = z.boolean();

const mishapKinds = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("kill"), host, downMs: ms }),
  z.object({ kind: z.literal("stop"), host, downMs: ms }),
  /** Null: of all. */
  z.object({ kind: z.literal("power-cut"), host: host.nullable(), downMs: ms }),
  /** At a step of its disk: the `count`-th of that kind from now on. */
  z.object({
    kind: z.literal("power-cut-at"),
    host,
    downMs: ms,
    step: z.enum([...DISK_STEPS, "left"]),
    count: z.int().min(1),
  }),
  /** Whoever goes on with what was spoilt is killed once more, so much later: what does it read? */
  z.object({ kind: z.literal("flip"), host, at, againMs: ms }),
  z.object({
    kind: z.literal("lose-file"),
    host,
    file: z.enum(["mark", "segment", "all"]),
    cut,
    againMs: ms,
  }),
  tornTail,
  z.object({ kind: z.literal("foreign-log"), host, other, againMs: ms }),
  z.object({ kind: z.literal("slow-disk"), host, forMs: ms, ms }),
  z.object({ kind: z.literal("stalled-disk"), host, forMs: ms }),
  z.object({ kind: z.literal("failing-sync"), host, downMs: ms, cut }),
  z.object({ kind: z.literal("failing-write"), host, downMs: ms }),
  z.object({ kind: z.literal("full-disk"), host, forMs: ms, bytes: z.int().min(0) }),
  z.object({ kind: z.literal("short-writes"), host, forMs: ms }),
  z.object({ kind: z.literal("no-descriptors"), host, forMs: ms }),
  z.object({
    kind: z.literal("link"),
    host: dialler,
    other,
    state: z.enum(["refuse", "drop", "hold"]),
    forMs: ms,
  }),
  z.object({ kind: z.literal("reset"), host: dialler, other }),
  z.object({ kind: z.literal("slow-link"), host: dialler, other, forMs: ms }),
  /**
   * Of the next connection from one to the other: the `count`-th frame of one of its ends comes so
   * much later, with all behind it, and last, once more so much later, that it has ended.
   */
  z.object({
    kind: z.literal("stuck"),
    host: dialler,
    other,
    of: z.enum(["dialler", "acceptor"]),
    count: z.int().min(1),
    forMs: ms,
    lingersMs: ms,
    /** Who has said it dies so much later, and is back after so much more; null: it lives on. */
    dies: z.object({ afterMs: ms, downMs: ms }).nullable(),
  }),
  z.object({
    kind: z.literal("clients-again"),
    by: z.enum(["kill", "power-cut", "stop"]),
    downMs: ms,
  }),
  z.object({
    kind: z.literal("tamper"),
    host,
    other,
    way: z.enum(TAMPERINGS),
    of: z.enum(TAMPERED),
    at,
  }),
  z.object({ kind: z.literal("stranger"), host, as: host, who: z.enum(STRANGERS) }),
  z.object({ kind: z.literal("burst"), host, other, of: z.enum(BURST_KINDS) }),
]);

export type Dialler = z.infer<typeof dialler>;
export type Mishap = Readonly<z.infer<typeof mishapKinds>>;

export const timedMishap = z.intersection(mishapKinds, z.object({ atMs: ms }));
export type TimedMishap = Mishap & { readonly atMs: number };

/** The replicas that it names. */
export function hostsOf(mishap: Mishap): readonly number[] {
  const named = [
    "host" in mishap ? mishap.host : null,
    "other" in mishap ? mishap.other : null,
    "as" in mishap ? mishap.as : null,
  ];
  return named.filter((each) => typeof each === "number");
}
