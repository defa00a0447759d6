/** The part of STATUS where nothing is signed (protocols §20.8). */
import type { NodeId } from "../../contract/core.ts";
import type { ClusterSize } from "../../quorum.ts";
import { type Reader, Writer } from "../../wire/codec.ts";
import { STATUS_SLOTS_MAX } from "../messages.ts";

export interface UnsignedPart {
  /** Of the NEW-VIEW by which its view was entered; of zeros for view 0, and while inactive. */
  readonly newView: string;
  /** By replica id. */
  readonly viewChanges: readonly KnownViewChange[];
  /** What it asks for by name. */
  readonly wanted: readonly string[];
  /** Numbers that it executed and that its view orders again: the first, and flags as in STATUS. */
  readonly again: { readonly first: number; readonly slots: Uint8Array };
}

export interface KnownViewChange {
  /** The highest view for which it is known, 0 = none. */
  readonly view: number;
  /** Of the awaited view: does it count there? */
  readonly counts: boolean;
  /** Who is known to vouch for it. */
  readonly vouchers: readonly NodeId[];
}

export function encodePart({ newView, viewChanges, wanted, again }: UnsignedPart): Uint8Array {
  const writer = new Writer(256).digest(newView).u32(viewChanges.length);
  for (const { view, counts, vouchers } of viewChanges) {
    writer
      .u64(view)
      .u8(counts ? 1 : 0)
      .u16(vouchers.length);
    for (const voucher of vouchers) writer.u16(voucher);
  }
  writer.u32(wanted.length);
  for (const name of wanted) writer.digest(name);
  return writer.u64(again.first).blob(again.slots).finish();
}

/** @returns null if it is malformed, or longer than an honest one */
export function readPart(reader: Reader, { replicas }: ClusterSize): UnsignedPart | null {
  const newView = reader.digest();
  if (reader.u32() !== replicas) return null;
  const viewChanges: KnownViewChange[] = [];
  while (reader.ok && viewChanges.length < replicas) {
    const [view, counts, count] = [reader.u64(), reader.u8() === 1, reader.u16()];
    if (count > replicas) return null;
    const vouchers: NodeId[] = [];
    while (vouchers.length < count) vouchers.push(reader.u16());
    viewChanges.push({ view, counts, vouchers });
  }
  // Those of V, and a NEW-VIEW.
  const count = reader.u32();
  if (count > replicas + 1) return null;
  const wanted: string[] = [];
  while (wanted.length < count) wanted.push(reader.digest());
  const again = { first: reader.u64(), slots: reader.blob() };
  if (!reader.ok || again.slots.length > STATUS_SLOTS_MAX) return null;
  return { newView, viewChanges, wanted, again };
}
