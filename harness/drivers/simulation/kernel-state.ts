import type { LinkState, ProcessState } from "../../../faults/link-state.ts";
import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import type { DesiredState } from "../desired-state.ts";
import type { Kernel } from "./kernel.ts";
import { type LinkShape, OPEN_LINK } from "./link.ts";

/** Brings the kernel to what is asked for; what nothing asks for is as new. */
export class KernelState {
  readonly #kernel: Kernel;
  readonly #processes = new Map<string, ProcessState>();
  readonly #links: readonly { readonly from: string; readonly to: string }[];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    const endpoints = [...kernel.replicas.map(({ id }) => nodeName(id)), "c0"];
    this.#links = endpoints.flatMap((from) =>
      endpoints.filter((to) => to !== from).map((to) => ({ from, to })),
    );
  }

  apply(desired: DesiredState): void {
    for (const { from, to } of this.#links) {
      const shape = shapeOf(desired.link(from, to));
      const link = this.#kernel.link(from, to);
      if (!sameShape(link.shape, shape)) link.setShape(shape);
    }
    for (const { id } of this.#kernel.replicas) this.#bring(id, desired.process(nodeName(id)));
  }

  #bring(id: number, wanted: ProcessState): void {
    const name = nodeName(id);
    const known = this.#processes.get(name) ?? "running";
    if (wanted === known) return;
    this.#processes.set(name, wanted);
    const replica = this.#kernel.replicas[id];
    if (wanted === "power-cut") this.#kernel.cutPower(id);
    else if (wanted === "down") this.#kernel.kill(id);
    else {
      this.#kernel.start(id);
      if (wanted === "paused") replica?.pause();
      else replica?.resume();
    }
  }
}

function shapeOf(state: LinkState): LinkShape {
  switch (state.kind) {
    case "refuse":
    case "reset":
      // Both leave no connection and let none be made.
      return { ...OPEN_LINK, mode: "refuse" };
    case "drop":
    case "hold":
      return { ...OPEN_LINK, mode: state.kind };
    case "open": {
      const { latencyMs, jitterMs, kilobytesPerSecond, trickle, cutoffBytes } = state;
      const rates = [
        kilobytesPerSecond,
        trickle === null ? null : trickle.bytes / trickle.everyMs,
      ].filter((rate) => rate !== null);
      // A kilobyte a second is a byte a millisecond.
      const bytesPerMs = rates.length === 0 ? null : Math.min(...rates);
      return { mode: "open", latencyMs, jitterMs, bytesPerMs, cutoffBytes };
    }
    default:
      return state satisfies never;
  }
}

function sameShape(a: LinkShape, b: LinkShape): boolean {
  return (
    a.mode === b.mode &&
    a.latencyMs === b.latencyMs &&
    a.jitterMs === b.jitterMs &&
    a.bytesPerMs === b.bytesPerMs &&
    a.cutoffBytes === b.cutoffBytes
  );
}
