/** What replica 1 refuses for its rate, and what may have held it back. */
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
