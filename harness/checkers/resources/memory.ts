import type { StatusSample } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import type { Checker, CheckerInput, Violation } from "../checker.ts";
import { provenOutcome } from "../proof.ts";
import { inMs } from "../windows.ts";
import { type Footprint, footprintOf } from "./footprint.ts";

const MIB = 1_024 * 1_024;
/** What waits for the disk before no frame is taken any more (protocols §12.8). */
const HELD_BYTES = 16 * MIB;
/** For one peer: a queue, what is handed to the kernel, and frames half received. */
const PEER_BYTES = 8 * MIB + MIB / 4 + MIB;
/** Three halves of the young generation of V8, which it fills before it looks for garbage. */
const YOUNG_BYTES = 3 * 16 * MIB;
/** V8 lets the rest of a heap grow to so many times what lives in it. */
const HEAP_GROWTH = 2;

/**
 * A replica takes what its program takes before there is any load, and beside that what its queues,
 * its log and its states may take by their own bounds (protocols §12.5, §12.8), as much again that
 * is garbage, and what V8 fills before it collects any.
 */
export const memory: Checker = {
  id: "memory",
  summary: "no replica takes more memory than its program, its queues, its log and its states can",
  idle: "no replica that could be measured was asked for its memory",
  promise: "liveness",
  needs: [],
  judges: ["certificates"],
  check(input) {
    const { samples } = input.observations;
    const footprint = footprintOf(input);
    const idle = Math.max(0, ...samples.filter(isIdle).map(residentBytes));
    const violations: Violation[] = [];
    let [judged, most] = [0, 0];
    if (footprint === null || idle === 0) return provenOutcome(input, judged, violations);
    const bound = idle + YOUNG_BYTES + HEAP_GROWTH * heldBytes(footprint, input);
    for (const sample of samples) {
      const { replica, time } = sample;
      const bytes = residentBytes(sample);
      if (bytes === 0 || !input.good.has(replica)) continue;
      judged += 1;
      most = Math.max(most, bytes);
      if (bytes <= bound) continue;
      const what = `r${replica} took ${inMib(bytes)} MiB at ${inMs(time)} ms; the bound is ${inMib(bound)} MiB`;
      const rests = [{ file: FILES.history, until: time }];
      violations.push({ what, replica, time, records: [sample], rests });
    }
    const note = `at most ${inMib(most)} MiB, the bound is ${inMib(bound)} MiB`;
    return { ...provenOutcome(input, judged, violations, note), ceiling: [[0, bound]] };
  },
};

/** Before the zero instant there is no load. */
function isIdle({ time }: StatusSample): boolean {
  return time < 0;
}

function residentBytes({ process }: StatusSample): number {
  return process?.rssBytes ?? 0;
}

function heldBytes(footprint: Footprint, { observations: { plan } }: CheckerInput): number {
  const { stateBytes, states, numberBytes, viewChangeBytes } = footprint;
  const { window, replicas } = plan.cluster.parameters;
  // All clients of a run live in one host, which is one more peer.
  const queues = HELD_BYTES + replicas * PEER_BYTES;
  return queues + states * stateBytes + window * numberBytes + 2 * viewChangeBytes;
}

function inMib(bytes: number): number {
  return Math.round(bytes / MIB);
}
