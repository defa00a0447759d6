/**
 * What a liar has heard and said itself: whole messages to bring again, and the values in them,
 * which make better lies than values out of nowhere. Everything in it has a bound.
 */
import type { Envelope } from "../../../../nodes/protocols/wire/envelope.ts";
import type { Draws } from "./draws.ts";
import { type Field, type FieldKind, isList, type Tree } from "./layout.ts";
import { type Layouts, treeOf } from "./layouts.ts";

const FRAMES_MAX = 96;
const VALUES_MAX = 24;
/** Whole states would fill it and say nothing new. */
const FRAME_BYTES_MAX = 65_536;

export class Memory {
  readonly #draws: Draws;
  readonly #frames: Uint8Array[] = [];
  readonly #values = new Map<FieldKind, Field["value"][]>();

  constructor(draws: Draws) {
    this.#draws = draws;
  }

  /** The last ones, and here and there one that is older. */
  keep(frame: Uint8Array): void {
    if (frame.length <= FRAME_BYTES_MAX) this.#put(this.#frames, frame.slice(), FRAMES_MAX);
  }

  /** What was opened, and the values in it. */
  hear(frame: Uint8Array, envelope: Envelope, layouts: Layouts): void {
    this.keep(frame);
    const tree = treeOf(envelope, layouts);
    if (tree !== null) this.keepValues(tree);
  }

  keepValues(tree: Tree): void {
    for (const part of tree) {
      if (isList(part)) {
        for (const item of part.items.slice(0, VALUES_MAX)) this.keepValues(item);
      } else {
        const known = this.#values.get(part.kind) ?? [];
        this.#values.set(part.kind, known);
        if (!known.includes(part.value)) this.#put(known, part.value, VALUES_MAX);
      }
    }
  }

  frame(draws: Draws): Uint8Array | null {
    return this.#frames.length === 0 ? null : draws.pick(this.#frames);
  }

  value(kind: FieldKind, draws: Draws): Field["value"] | null {
    const known = this.#values.get(kind) ?? [];
    return known.length === 0 ? null : draws.pick(known);
  }

  /** Full: it takes the place of any one. */
  #put<Item>(row: Item[], item: Item, countMax: number): void {
    if (row.length < countMax) row.push(item);
    else row[this.#draws.integer(0, countMax - 1)] = item;
  }
}
