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
  "harness/setup.test.ts",
  "nodes/client/**/*.test.ts",
  "nodes/runtime/**/*.test.ts",
];

/** Nothing but exploration takes a tenth of this, on a machine that is not busy. */
const TIMEOUT_MS = 60_000;

/** Thousands of seeds in the simulator: a single test computes for minutes. */
const exploration = ["**/*.explore.test.ts"];

/** Go, xk6 and a k6 of our own: `npm run test:k6`. */
const k6 = ["**/*.k6.test.ts"];

/** An engine of containers: `npm run test:docker`. */
const docker = ["**/*.docker.test.ts"];

/** Prometheus and promtool: `npm run test:observability`. */
const observability = ["**/*.observability.test.ts"];

export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["{nodes,faults,harness,dashboards}/**/*.test.ts"],
          exclude: [...real, ...exploration, ...k6, ...docker, ...observability],
          maxWorkers: 2,
          testTimeout: TIMEOUT_MS,
          hookTimeout: TIMEOUT_MS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "explore",
          include: exploration,
          maxWorkers: 2,
          testTimeout: 20 * TIMEOUT_MS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "real",
          include: real,
          exclude: [...k6, ...docker, ...observability],
          fileParallelism: false,
          testTimeout: TIMEOUT_MS,
          hookTimeout: TIMEOUT_MS,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "k6",
          include: k6,
          fileParallelism: false,
          // The first build compiles k6 and its three hundred packages.
          testTimeout: 20 * TIMEOUT_MS,
          hookTimeout: 20 * TIMEOUT_MS,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: "docker",
          include: docker,
          fileParallelism: false,
          testTimeout: 5 * TIMEOUT_MS,
          hookTimeout: 5 * TIMEOUT_MS,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: "observability",
          include: observability,
          fileParallelism: false,
          testTimeout: 2 * TIMEOUT_MS,
          hookTimeout: 2 * TIMEOUT_MS,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
