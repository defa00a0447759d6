import { expect, test } from "vitest";
import { ZodError } from "zod";
import { parseToxic } from "./toxics.ts";

const common = { name: "x", stream: "upstream", toxicity: 1 };

test.each([
  ["a rate below 1 panics the server or stalls for good", "bandwidth", { rate: 0 }],
  ["a negative rate panics the server", "bandwidth", { rate: -1 }],
  [
    "slices of nothing overflow its stack",
    "slicer",
    { average_size: 0, size_variation: 0, delay: 0 },
  ],
  [
    "a variation above the average does too",
    "slicer",
    { average_size: 1, size_variation: 2, delay: 0 },
  ],
  ["half a millisecond is refused", "latency", { latency: 0.5, jitter: 0 }],
  ["time cannot run backwards", "latency", { latency: -5, jitter: 0 }],
  [
    "more jitter than latency is cut off at 0 and no longer even",
    "latency",
    { latency: 5, jitter: 6 },
  ],
  ["a time-out above 0 is restarted by every chunk", "timeout", { timeout: 500 }],
  ["a cut-off before the first byte is a refusal", "limit_data", { bytes: 0 }],
  ["attributes of another toxic are ignored by the server", "bandwidth", { latency: 5, jitter: 0 }],
])("%s", (_why, type, attributes) => {
  expect(() => parseToxic({ ...common, type, attributes })).toThrow(ZodError);
});

test("a toxic that hits only some connections is refused: the server rolls the dice again each time", () => {
  const timeout = { type: "timeout", attributes: { timeout: 0 } };
  expect(() => parseToxic({ ...common, ...timeout, toxicity: 0.5 })).toThrow(ZodError);
  expect(parseToxic({ ...common, ...timeout })).toMatchObject({ type: "timeout" });
});
