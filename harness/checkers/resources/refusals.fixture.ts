/** What replica 1 refuses for its rate, and what may have held it back. */
import type { Durability } from "../../../nodes/protocols/contract/durability.ts";
import type { DiskTiming, WireParameters, WorkCosts } from "../../plan/simulation.ts";
import { changed } from "../case.fixture.ts";
import { down, inject, type Run } from "../run.fixture.ts";
import { polled } from "./samples.fixture.ts";

export function refuses(
  rejected: Readonly<Record<string, number>>,
  ...changes: readonly ((run: Run) => void)[]
): () => Run {
  return changed((run) => {
    for (const change of changes) change(run);
    polled(run, 1_900, { rejected });
  });
}

/** 200 ms and the bound: ten periods more of one peer. */
export function crash(run: Run): void {
  inject(run, { entry: "crash", effects: down(2), at: 1_100, until: 1_295 });
}

/** A simulated wire that delays each frame by up to so much, and doubles so many. */
export function wire(delayMaxMs: number, duplication = 0): (run: Run) => void {
  const drawn = { delayMinMs: 0, delayMaxMs, loss: 0, duplication, reordering: 0 };
  const network = { ...drawn, reconnectMaxMs: 10, queueMax: 1_000 };
  const disk = { fsyncMinMs: 0.1, fsyncMaxMs: 0.25 };
  return (run) => {
    run.plan.simulation = { network, disk, paddingBytes: 0 };
  };
}

const PROMPT: WireParameters = {
  delayMinMs: 0,
  delayMaxMs: 1,
  loss: 0,
  duplication: 0,
  reordering: 0,
  reconnectMaxMs: 10,
  queueMax: 1_000,
};
const FREE: WorkCosts = {
  verificationMs: 0,
  signatureMs: 0,
  codeMs: 0,
  frameMs: 0,
  carriedMsPerKib: 0,
  hashedMsPerKib: 0,
  writtenMsPerKib: 0,
};

interface Uneasy {
  readonly network?: Partial<WireParameters>;
  readonly calm?: Partial<WireParameters>;
  readonly disk?: Partial<DiskTiming>;
  readonly durability?: Durability;
  readonly isSlow?: boolean;
}

/** A simulation that holds nothing back for a period, but for what is said. */
export function calm(uneasy: Uneasy = {}): (run: Run) => void {
  return (run) => {
    const { durability = run.plan.cluster.durability, isSlow = false } = uneasy;
    run.plan.cluster = { ...run.plan.cluster, durability };
    run.plan.simulation = {
      network: { ...PROMPT, ...uneasy.network },
      calm: { ...PROMPT, ...uneasy.calm },
      disk: { fsyncMinMs: 0.1, fsyncMaxMs: 1, ...uneasy.disk },
      ...(isSlow ? { costs: { ...FREE, verificationMs: 1 } } : {}),
      paddingBytes: 0,
    };
  };
}
