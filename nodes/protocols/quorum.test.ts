import { expect, test } from "vitest";
import { quorumSize } from "./quorum.ts";

test.each([
  [4, 1, 3],
  [5, 1, 4],
  [6, 1, 4],
  [7, 2, 5],
  [8, 2, 6],
  [10, 3, 7],
])(
  "of %i replicas, %i of them bad, a quorum is %i (protocols §1.3)",
  (replicas, faultsMax, size) => {
    expect(quorumSize({ replicas, faultsMax })).toBe(size);
  },
);

test("any two quorums share a good replica, and none smaller would", () => {
  for (let faultsMax = 1; faultsMax <= 10; faultsMax += 1) {
    for (let replicas = 3 * faultsMax + 1; replicas <= 3 * faultsMax + 9; replicas += 1) {
      const size = quorumSize({ replicas, faultsMax });
      expect(2 * size - replicas).toBeGreaterThan(faultsMax);
      expect(2 * (size - 1) - replicas).toBeLessThanOrEqual(faultsMax);
    }
  }
});

test("a cluster in which the good ones alone are no quorum is refused", () => {
  expect(() => quorumSize({ replicas: 3, faultsMax: 1 })).toThrow("cannot tolerate 1 faults");
});
