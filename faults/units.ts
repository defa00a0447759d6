/**
 * The quantities of a scenario file: strings with units in, numbers out. Every message says what
 * is allowed; the loader puts what was found in front of it.
 */
import { z } from "zod";

const NUMBER = String.raw`\d+(?:\.\d+)?`;

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Decimal like Toxiproxy's rates; the binary units are spelled with an i. */
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

interface Quantity {
  /** What is allowed, in words. */
  readonly allowed: string;
  readonly units: Readonly<Record<string, number>>;
  /** Stands after the unit, as in `100KB/s`. */
  readonly suffix?: string;
}

/** Microsecond and milli-byte noise of the multiplication is cut off: 1.1 s is 1100 ms. */
function withoutNoise(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function quantity({ allowed, units, suffix = "" }: Quantity) {
  const names = Object.keys(units).join("|");
  const pattern = new RegExp(`^(${NUMBER}) ?(${names})${suffix}$`);
  return (
    z
      .string({ error: allowed })
      // Aborts, so that no rule over several keys is judged on a number that is not there.
      .regex(pattern, { error: allowed, abort: true })
      .transform((text) => {
        const [, amount = "", unit = ""] = pattern.exec(text) ?? [];
        return withoutNoise(Number(amount) * (units[unit] ?? Number.NaN));
      })
  );
}

/** `250ms`, `1s`, `2m`, `1h` -> milliseconds. */
export const duration = quantity({
  allowed: "a duration is a number with a unit: 250ms, 1s, 2m or 1h",
  units: MILLISECONDS,
});

/** 2500 -> `2.5s`, 150 -> `150ms`: as a scenario would write it. */
export function durationText(ms: number): string {
  const rounded = Math.round(ms * 1_000) / 1_000;
  return rounded !== 0 && Math.abs(rounded) < 1_000 ? `${rounded}ms` : `${rounded / 1_000}s`;
}

/** `64KB`, `4KiB` -> bytes. */
export const size = quantity({
  allowed: "a size is a number with a unit: 512B, 64KB, 4KiB or 1MB",
  units: BYTES,
});

/** `100KB/s` -> bytes a second. */
export const byteRate = quantity({
  allowed: "a data rate is a size per second: 100KB/s or 1MB/s",
  units: BYTES,
  suffix: "/s",
});

/** `200/s` -> a number a second. */
export const ratePerSecond = quantity({
  allowed: "a rate is a number per second: 200/s",
  units: { "/s": 1 },
});

const PERCENT = "a share is a percentage from 0% to 100%: 50%";

/** `50%` -> 0.5, from 0 to 1. */
export const percent = z
  .string({ error: PERCENT })
  .regex(new RegExp(`^${NUMBER} ?%$`), { error: PERCENT, abort: true })
  .transform((text) => Number.parseFloat(text) / 100)
  .refine((fraction) => fraction <= 1, { error: PERCENT });
