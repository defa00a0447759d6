import { defineConfig } from "vitest/config";

/**
 * Tests with real processes, sockets, disks or clocks: they need the machine for themselves, so
 * they run one file at a time, after everything that only computes.
 */
const real = [
  "**/*.contract.test.ts",
  "**/*.real.test.ts",
  "faults/injectors/**/*.test.ts",
  "harness/cli/**/*.test.ts",
  "harness/drivers/local/**/*.test.ts",
  "harness/drivers/processes/**/*.test.ts",
  "harness/run.test.ts",
  "harness/setup.test.ts",
  "nodes/client/**/*.test.ts",
  "nodes/runtime/**/*.test.ts",
];

export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["{nodes,faults,harness}/**/*.test.ts"],
          exclude: real,
          maxWorkers: 2,
          // The longest single test explores hundreds of seeds, on a machine that may be busy.
          testTimeout: 240_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "real",
          include: real,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
