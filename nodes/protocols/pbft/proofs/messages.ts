/** VOUCH and PROVE: how others come to show what an author said (protocols §22.2). */
import type { NodeId } from "../../contract/core.ts";
import { Reader, Writer } from "../../wire/codec.ts";
import { CHECKPOINT, NEW_VIEW, PRE_PREPARE, PREPARE, VIEW_CHANGE } from "../messages.ts";

export const VOUCH = 19;
export const PROVE = 20;

/** What may have to be shown to others. */
export const PROVABLE: ReadonlySet<number> = new Set([
  PRE_PREPARE,
  PREPARE,
  CHECKPOINT,
  VIEW_CHANGE,
  NEW_VIEW,
]);

/** What comes with its proof to who lags. All else comes from its author, or inside of others. */
export const TOLD_BY_OTHERS: ReadonlySet<number> = new Set([CHECKPOINT, NEW_VIEW]);

/** What convinces for longer than session keys last. */
export function isLasting(type: number): boolean {
  return type === VOUCH || PROVABLE.has(type);
}

/** That its author said something. */
export interface Saying {
  readonly author: NodeId;
  readonly type: number;
  /** Its slot: 0 where its type has no views, or no numbers. */
  readonly view: number;
  readonly sequence: number;
  /** The digest of the content. */
  readonly name: string;
}

/** Also of one slot: who vouches for it under another number has said something else. */
export function isSame(a: Saying, b: Saying): boolean {
  const isOfSameSlot = a.type === b.type && a.view === b.view && a.sequence === b.sequence;
  return a.author === b.author && isOfSameSlot && a.name === b.name;
}

export function encodeVouch({ author, type, view, sequence, name }: Saying): Uint8Array {
  const writer = new Writer(64).u32(author).u8(type);
  return writer.u64(view).u64(sequence).digest(name).finish();
}

export function decodeVouch(payload: Uint8Array): Saying | null {
  const reader = new Reader(payload);
  const [author, type] = [reader.u32(), reader.u8()];
  const [view, sequence, name] = [reader.u64(), reader.u64(), reader.digest()];
  return reader.complete && PROVABLE.has(type) ? { author, type, view, sequence, name } : null;
}

/** Views and numbers stand in front, wherever there are any. */
export function slotOf(type: number, payload: Uint8Array): Pick<Saying, "view" | "sequence"> {
  const reader = new Reader(payload);
  const view = type === CHECKPOINT ? 0 : reader.u64();
  const isNumbered = type === CHECKPOINT || type === PRE_PREPARE || type === PREPARE;
  return { view, sequence: isNumbered ? reader.u64() : 0 };
}

/** @param frame a whole message as its author sealed it or with its proof, without attachment */
export function encodeProve(frame: Uint8Array): Uint8Array {
  return new Writer(frame.length + 4).blob(frame).finish();
}

/** @returns null if it is malformed; a view into the payload */
export function decodeProve(payload: Uint8Array): Uint8Array | null {
  const reader = new Reader(payload);
  const frame = reader.blob();
  return reader.complete ? frame : null;
}
