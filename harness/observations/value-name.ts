import { createHash } from "node:crypto";

const HEX_DIGITS = 16;

/** A value by its beginnings: what is compared need not be as long as what was written. */
export function valueName(value: string): string {
  return createHash("sha256").update(value).digest("hex").slice(0, HEX_DIGITS);
}
