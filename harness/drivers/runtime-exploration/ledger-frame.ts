/** What the cores of this exploration say: who says it, and which of his frames it is. */
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";

/** No receiver takes a longer one. */
export const FRAME_BYTES_MAX = 16 * 1024 * 1024;

const MAGIC = 0x4c44_4752;
export const LEDGER_FRAME_BYTES_MIN = 14;

/** For an answer that rests on a record, or for a word and nothing else. */
const ASKED = ["nothing", "record", "word"] as const;
export type Asked = (typeof ASKED)[number];

export interface LedgerFrame {
  /** A replica or a logical client; of a stranger whom he pretends to be. */
  readonly author: NodeId;
  readonly number: number;
  readonly asks: Asked;
  /** Made by somebody outside of the cluster, or with stolen keys. */
  readonly isStrange: boolean;
}

export function encodeLedgerFrame(frame: LedgerFrame, bytes: number): Buffer {
  const size = Math.max(bytes, LEDGER_FRAME_BYTES_MIN);
  const encoded = Buffer.alloc(size, frame.number % 251);
  encoded.writeUInt32BE(MAGIC, 0);
  encoded.writeUInt32BE(frame.author, 4);
  encoded.writeUInt32BE(frame.number, 8);
  encoded.writeUInt8(ASKED.indexOf(frame.asks), 12);
  encoded.writeUInt8(Number(frame.isStrange), 13);
  return encoded;
}

export function decodeLedgerFrame(bytes: Uint8Array): LedgerFrame | null {
  if (bytes.length < LEDGER_FRAME_BYTES_MIN) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) !== MAGIC) return null;
  return {
    author: view.getUint32(4),
    number: view.getUint32(8),
    asks: ASKED[view.getUint8(12)] ?? "nothing",
    isStrange: view.getUint8(13) === 1,
  };
}
