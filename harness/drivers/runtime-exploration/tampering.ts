/** What somebody between two replicas does to one frame that carries a code. */
export const TAMPERINGS = [
  "flip-body",
  "flip-code",
  "flip-length",
  "leave-out",
  "repeat",
  "add",
] as const;

/** What a core sent, or the next frame of any kind. */
export const TAMPERED = ["core", "any"] as const;

export interface Tampering {
  readonly from: string;
  readonly to: string;
  readonly way: (typeof TAMPERINGS)[number];
  readonly of: (typeof TAMPERED)[number];
  /** Where, as a part of the whole. */
  readonly at: number;
}

const HEAD_BYTES = 8;
const CODE_BYTES = 16;

export function spoilt(frame: Buffer, { way, at }: Tampering): readonly Buffer[] {
  const body = frame.length - HEAD_BYTES - CODE_BYTES;
  switch (way) {
    case "flip-body":
      return [flipped(frame, HEAD_BYTES + Math.floor(at * body), at)];
    case "flip-code":
      return [flipped(frame, frame.length - CODE_BYTES + Math.floor(at * CODE_BYTES), at)];
    case "flip-length":
      // Made larger by far, but no larger than a frame may be.
      return [flipped(frame, 1, at)];
    case "leave-out":
      return [];
    case "repeat":
      return [frame, frame];
    case "add":
      return [flipped(frame, HEAD_BYTES + body - 1, at), frame];
    default:
      return way satisfies never;
  }
}

function flipped(frame: Buffer, place: number, at: number): Buffer {
  const bytes = Buffer.from(frame);
  bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(at * 7));
  return bytes;
}
