/**
 * Somebody who reads and rewrites every frame between replicas, and holds the keys of one of them
 * (protocols §1.1, §21.1). What he does is drawn: changes, losses, repetitions, frames of one link
 * on another, the held replica's words under another's name, and two stories for two halves.
 */
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import type { ClusterParameters } from "../../../nodes/protocols/contract/protocol.ts";
import { TwoTongues } from "../../../nodes/protocols/pbft/two-tongues.fixture.ts";
import { EnvelopeFormat, withAttachment } from "../../../nodes/protocols/wire/envelope.ts";
import type { Intruder, Passing } from "./kernel.ts";
import { Random } from "./random.ts";

const ALGORITHM_AT = 5;
const REMEMBERED_MAX = 200;
const DEEDS = ["change", "lose", "repeat", "elsewhere", "in its name"] as const;

export interface Intrusion {
  readonly seed: number;
  readonly cluster: ClusterParameters;
  readonly holds: NodeId;
  /** Then he lets everything pass. */
  readonly fromMs: number;
  readonly untilMs: number;
}

export class DrawnIntruder implements Intruder {
  readonly holds: NodeId;
  /** Frames that did not pass as they were. */
  meddled = 0;
  readonly #intrusion: Intrusion;
  readonly #random: Random;
  readonly #tongues: TwoTongues | null;
  /** Where channels have codes, meddling with the others cuts them and no more. */
  readonly #isEverywhere: boolean;
  readonly #share: number;
  readonly #remembered: Uint8Array[] = [];

  constructor(intrusion: Intrusion) {
    const random = new Random(intrusion.seed, 1_021);
    this.#intrusion = intrusion;
    this.holds = intrusion.holds;
    this.#random = random;
    const half = random.some([0, 1, 2, 3], random.integer(1, 2));
    this.#tongues = random.chance(0.6) ? new TwoTongues(intrusion.cluster, half) : null;
    this.#isEverywhere = random.chance(0.6);
    this.#share = random.pick([0, 0.02, 0.1, 0.3]);
  }

  pass(frame: Passing, nowMs: number): readonly Uint8Array[] {
    const { from, to, bytes } = frame;
    const { fromMs, untilMs } = this.#intrusion;
    if (nowMs < fromMs || nowMs >= untilMs) return [bytes];
    const bent = this.#tongues?.bend(frame) ?? bytes;
    if (!this.#isEverywhere && from !== this.holds && to !== this.holds) return [bytes];
    const passed = this.#random.chance(this.#share)
      ? this.#meddle({ from, to, bytes: bent })
      : [bent];
    this.#remember(bytes);
    if (passed.length !== 1 || passed[0] !== bytes) this.meddled += 1;
    return passed;
  }

  #meddle(frame: Passing): readonly Uint8Array[] {
    const { bytes } = frame;
    const random = this.#random;
    const deed = random.pick(DEEDS);
    switch (deed) {
      case "change":
        return [this.#changed(bytes)];
      case "lose":
        return [];
      case "repeat":
        return [bytes, bytes];
      case "elsewhere":
        return this.#remembered.length > 0 ? [random.pick(this.#remembered), bytes] : [bytes];
      case "in its name":
        return [bytes, ...this.#inItsName(frame)];
      default:
        return deed satisfies never;
    }
  }

  #changed(bytes: Uint8Array): Uint8Array {
    const changed = bytes.slice();
    const at = this.#random.integer(0, bytes.length - 1);
    changed[at] = (changed[at] ?? 0) ^ (1 << this.#random.integer(0, 7));
    return changed;
  }

  /** Whatever the held replica said last, as if whoever speaks here had said it. */
  #inItsName({ from, bytes }: Passing): readonly Uint8Array[] {
    const { cluster } = this.#intrusion;
    const format = new EnvelopeFormat({ ...cluster, algorithm: bytes[ALGORITHM_AT] ?? 0 });
    const own = this.#remembered.findLast((each) => format.open(each)?.sender === this.holds);
    const said = own && format.open(own);
    if (!said) return [];
    const content = format.content(from, said.type, said.payload);
    return [withAttachment(format.frame(content, said.authentication), said.attachment)];
  }

  #remember(bytes: Uint8Array): void {
    this.#remembered.push(bytes);
    if (this.#remembered.length > REMEMBERED_MAX) this.#remembered.shift();
  }
}
