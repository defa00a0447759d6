import {
  type CutKind,
  SHAPING_KINDS,
  type Shaping,
  type ShapingKind,
} from "../../../faults/link-condition.ts";
import type { LinkShaping, LinkState, ProcessState } from "../../../faults/link-state.ts";
import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import { CLIENT_HOST } from "../client-host.ts";
import type { DesiredState } from "../desired-state.ts";
import type { Kernel } from "./kernel.ts";
import { type LinkMode, type LinkShape, OPEN_LINK } from "./link.ts";

/** Brings the kernel to what is asked for; what nothing asks for is as new. */
export class KernelState {
  readonly #kernel: Kernel;
  readonly #processes = new Map<string, ProcessState>();
  readonly #links: readonly { readonly from: string; readonly to: string }[];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    const endpoints = [...kernel.replicas.map(({ id }) => nodeName(id)), CLIENT_HOST];
    this.#links = endpoints.flatMap((from) =>
      endpoints.filter((to) => to !== from).map((to) => ({ from, to })),
    );
  }

  apply(desired: DesiredState): void {
    for (const { from, to } of this.#links) {
      const shape = { ...shapeOf(desired.link(from, to)), ...desired.wire(from, to) };
      const link = this.#kernel.link(from, to);
      if (!sameShape(link.shape, shape)) link.setShape(shape);
    }
    for (const replica of this.#kernel.replicas) {
      const name = nodeName(replica.id);
      replica.throttle(desired.share(name));
      this.#bring(replica.id, desired.process(name));
    }
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

/** A refused and a reset link both have no connection and let none be made. */
const MODES: { readonly [Kind in CutKind]: LinkMode } = {
  refuse: "refuse",
  reset: "refuse",
  drop: "drop",
  hold: "hold",
};

const SHAPES: {
  readonly [Kind in ShapingKind]: (shape: LinkShape, shaping: Shaping<Kind>) => LinkShape;
} = {
  delay: (shape, { latencyMs, jitterMs }) => ({ ...shape, latencyMs, jitterMs }),
  // A kilobyte a second is a byte a millisecond.
  bandwidth: (shape, { kilobytesPerSecond }) => throttled(shape, kilobytesPerSecond),
  trickle: (shape, { bytes, everyMs }) => throttled(shape, bytes / everyMs),
  cutoff: (shape, { bytes }) => ({ ...shape, cutoffBytes: bytes }),
};

function shapeOf(state: LinkState): LinkShape {
  if (state.kind !== "open") return { ...OPEN_LINK, mode: MODES[state.kind] };
  return SHAPING_KINDS.reduce((shape, kind) => shaped(shape, kind, state), OPEN_LINK);
}

function shaped<Kind extends ShapingKind>(
  shape: LinkShape,
  kind: Kind,
  state: LinkShaping,
): LinkShape {
  const shaping = state[kind];
  return shaping === null ? shape : SHAPES[kind](shape, shaping);
}

function throttled(shape: LinkShape, bytesPerMs: number): LinkShape {
  return { ...shape, bytesPerMs: Math.min(bytesPerMs, shape.bytesPerMs ?? Infinity) };
}

const SHAPE_KEYS = Object.keys(OPEN_LINK) as readonly (keyof LinkShape)[];

function sameShape(a: LinkShape, b: LinkShape): boolean {
  return SHAPE_KEYS.every((key) => a[key] === b[key]);
}
