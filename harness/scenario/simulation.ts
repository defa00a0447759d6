/** What the simulated world is like; real worlds are what they are, and take no notice. */
import { z } from "zod";
import { duration, percent, size } from "../../faults/units.ts";

/** Numbers end at 2^53: so many views are left. */
const VIEW_MAX = 2 ** 53 - 2 ** 8;

const share = (what: string) => percent.prefault("0%").describe(`share of the frames that ${what}`);

const wire = z
  .strictObject({
    delayMin: duration.prefault("0.1ms").describe("what a frame takes at least"),
    delayMax: duration.prefault("0.6ms").describe("what a frame takes at most; drawn for each"),
    loss: share("are lost"),
    duplication: share("arrive twice"),
    reordering: share("do not wait for those before them"),
    reconnect: duration
      .prefault("250ms")
      .describe("how long a connection that broke needs until it is up again, at most"),
    queue: z
      .int()
      .min(0)
      .max(1_000_000)
      .prefault(1_000)
      .describe("frames that are kept for a peer who cannot be reached; the oldest go first"),
  })
  .refine(({ delayMin, delayMax }) => delayMin <= delayMax, {
    error: "delayMax may not be below delayMin",
    path: ["delayMax"],
  });

const disk = z
  .strictObject({
    fsyncMin: duration.prefault("0.2ms").describe("what an fsync takes at least"),
    fsyncMax: duration.prefault("2ms").describe("what an fsync takes at most; drawn for each"),
  })
  .refine(({ fsyncMin, fsyncMax }) => fsyncMin <= fsyncMax, {
    error: "fsyncMax may not be below fsyncMin",
    path: ["fsyncMax"],
  });

const rate = (usual: string, what: string) => duration.prefault(usual).describe(what);

/** The defaults are those of `nodes/runtime` on one of the slower machines (harness §7.5). */
const costs = z.strictObject({
  verification: rate("0.12ms", "what it costs a replica to verify a signature"),
  signature: rate("0.04ms", "what it costs a replica to sign"),
  code: rate("0.002ms", "what it costs to make or to check a message authentication code"),
  frame: rate("0.02ms", "what a frame that comes costs, beside its bytes"),
  carried: rate("0.002ms", "what each KiB costs that is sent or received"),
  hashed: rate("0.002ms", "what each KiB costs that is hashed"),
  written: rate("0.01ms", "how much longer an fsync takes for each KiB that was written"),
});

/** Only for the simulation driver. */
export const simulation = z.strictObject({
  network: wire.prefault({}),
  calm: wire
    .optional()
    .describe("the network from the end of the faults phase on, with the keys of `network`"),
  disk: disk.prefault({}),
  costs: costs
    .optional()
    .describe(
      "what work costs a replica: what comes while it is busy waits; without it a replica pays " +
        "only while it is throttled, the same for every frame; `{}` is all the defaults",
    ),
  clock: duration.prefault("0ms").describe("what the clocks show when the run begins"),
  view: z
    .int()
    .min(0)
    .max(VIEW_MAX)
    .prefault(0)
    .describe("what all replicas had asked for before they were stopped and the run begins"),
  padding: size
    .refine((bytes) => Number.isInteger(bytes) && bytes <= 1_000_000, {
      error: "whole bytes, 1MB at most",
    })
    .prefault("0B")
    .describe("bytes added to every value that is written, so that the state is larger"),
  signatures: z
    .enum(["fast", "ed25519"])
    .prefault("fast")
    .describe("hashes in the place of signatures, or real ones, which take their time"),
});

export type SimulationSection = z.output<typeof simulation>;
