import { expect, test } from "vitest";
import { byteRate, duration, durationText, percent, ratePerSecond, size } from "./units.ts";

test("durations come out in milliseconds", () => {
  const read = ["250ms", "1s", "2m", "1h", "1.1s", "0s", "5 s"].map((text) => duration.parse(text));
  expect(read).toEqual([250, 1_000, 120_000, 3_600_000, 1_100, 0, 5_000]);
});

test("sizes are decimal unless the unit says otherwise", () => {
  expect(["64KB", "4KiB", "1MB", "512B"].map((text) => size.parse(text))).toEqual([
    64_000, 4_096, 1_000_000, 512,
  ]);
});

test("rates come out per second and shares as fractions", () => {
  expect(byteRate.parse("100KB/s")).toBe(100_000);
  expect(ratePerSecond.parse("200/s")).toBe(200);
  expect(percent.parse("12.5%")).toBe(0.125);
});

test.each([
  [duration, 5],
  [duration, "5"],
  [duration, "-1s"],
  [duration, "1 day"],
  [duration, "s"],
  [duration, null],
  [size, "64"],
  [size, "64kb/s"],
  [byteRate, "100KB"],
  [ratePerSecond, 200],
  [ratePerSecond, "200/m"],
  [percent, "101%"],
  [percent, "0.5"],
  [percent, 50],
])(
  "a quantity without its unit is refused with one sentence on what is allowed (%#)",
  (unit, bad) => {
    const parsed = unit.safeParse(bad);
    expect(parsed.error?.issues.map((issue) => issue.message)).toEqual([
      expect.stringMatching(/^an? [a-z ]+ is a/),
    ]);
  },
);

test("durations are written as a scenario writes them", () => {
  expect([0, 150, 2_500, 60_000, 0.5].map(durationText)).toEqual([
    "0s",
    "150ms",
    "2.5s",
    "60s",
    "0.5ms",
  ]);
});
