import { expect, test } from "vitest";
import { descriptorLimit, strangersMax } from "./descriptors.ts";

test("strangers get far less than the process may have", () => {
  for (const limit of [32, 64, 128, 256, 1024, 20_000, 1_048_576]) {
    const { silent, greeted, pages } = strangersMax(limit);
    expect(silent + greeted + pages).toBeLessThan(limit / 2);
  }
  expect(descriptorLimit()).toBeGreaterThan(64);
});
