/**
 * Messages made of nothing but their layout: every field is a value that was heard in such a place,
 * and lists are as long as is asked for, whatever honest ones are.
 */
import { NEW_VIEW, VIEW_CHANGE } from "../../../../nodes/protocols/pbft/messages.ts";
import type { Means } from "./changes.ts";
import type { Field, FieldKind, Layout, List, Tree, Value } from "./layout.ts";

export interface Wanted extends Means {
  /** Every view in it. */
  readonly view: number;
  /** So many in each list, at most. */
  readonly items: number;
}

/** Types of messages that views are changed by, as often as they are said. */
export const CHANGING_VIEWS: readonly number[] = [VIEW_CHANGE, VIEW_CHANGE, NEW_VIEW];

/** Lists in the items of a list are short: it is the outer one that makes a message long. */
const INNER_ITEMS_MAX = 3;
const DIGEST_DIGITS = 64;

export function composed(layout: Layout, wanted: Wanted): Tree {
  return layout.map((part): Field | List => {
    if (typeof part === "string") return { kind: part, value: valueFor(part, wanted) };
    const inner = { ...wanted, items: Math.min(wanted.items, INNER_ITEMS_MAX) };
    const count = wanted.draws.integer(0, wanted.items);
    const items = Array.from({ length: count }, () => composed(part.many, inner));
    return { counted: part.counted, items };
  });
}

function valueFor(kind: FieldKind, { draws, memory, view }: Wanted): Value {
  if (kind === "view") return view;
  const heard = kind === "message" ? memory.frame(draws) : memory.value(kind, draws);
  return heard ?? nothing(kind);
}

function nothing(kind: FieldKind): Value {
  switch (kind) {
    case "view":
    case "number":
    case "node":
    case "flag":
    case "count":
      return 0;
    case "digest":
      return "0".repeat(DIGEST_DIGITS);
    case "bytes":
    case "message":
    case "path":
    case "rest":
      return new Uint8Array(0);
    default:
      return kind satisfies never;
  }
}
