/** What checkers said of the example run, and two violations that it could have had. */
import type { CheckResult } from "../checkers/checker.ts";
import { ns } from "./example-plan.fixture.ts";

export const exampleChecks: readonly CheckResult[] = [
  { id: "S-1", promise: "safety", outcome: "valid", judged: 4712 },
  { id: "S-2", promise: "safety", outcome: "valid", judged: 18_848 },
  { id: "S-4", promise: "safety", outcome: "valid", judged: 10_131 },
  {
    id: "S-6",
    promise: "safety",
    outcome: "valid",
    judged: 10_131,
    note: "64 keys, 9 unknown outcomes left open",
  },
  { id: "S-10", promise: "safety", outcome: "valid", judged: 18_002 },
  { id: "S-16", promise: "safety", outcome: "valid", judged: 10_131 },
  { id: "convergence", promise: "liveness", outcome: "valid", judged: 4 },
  {
    id: "L-2",
    promise: "liveness",
    outcome: "valid",
    judged: 3,
    note: "2 141 ms of 7 400 ms at most",
  },
];

/** Two honest replicas that executed different batches at one number, with both certificates. */
export const exampleDisagreement: CheckResult = {
  id: "S-1",
  promise: "safety",
  outcome: "invalid",
  judged: 1843,
  evidence: [
    {
      what: "r0 and r2 executed different batches as number 612",
      replica: 0,
      time: ns(31_420),
      records: [
        {
          e: "committed",
          v: 0,
          n: 612,
          d: "a3".repeat(32),
          by: [0, 1, 3],
          time: ns(31_418),
          replica: 0,
          boot: 1,
        },
        {
          e: "executed",
          n: 612,
          d: "a3".repeat(32),
          ops: [[65_541, 77, "00", "01"]],
          time: ns(31_420),
          replica: 0,
          boot: 1,
        },
      ],
    },
    {
      what: "r2 holds a certificate for another digest",
      replica: 2,
      time: ns(32_105),
      records: [
        {
          e: "committed",
          v: 1,
          n: 612,
          d: "7c".repeat(32),
          by: [1, 2, 3],
          time: ns(32_100),
          replica: 2,
          boot: 1,
        },
        {
          e: "executed",
          n: 612,
          d: "7c".repeat(32),
          ops: [[65_544, 12, "00", "01"]],
          time: ns(32_105),
          replica: 2,
          boot: 1,
        },
      ],
    },
  ],
};

/** An acknowledged write that a later read does not see. */
export const exampleLostWrite: CheckResult = {
  id: "S-6",
  promise: "safety",
  outcome: "invalid",
  judged: 10_131,
  evidence: [
    {
      what: "key k17: the write of v4301 was acknowledged, and a read that began later still returned v3988",
      time: ns(33_020),
      records: [
        {
          index: 8601,
          time: ns(32_870),
          process: 5,
          type: "invoke",
          f: "write",
          key: "k17",
          value: "v4301",
        },
        {
          index: 8611,
          time: ns(32_880),
          process: 5,
          type: "ok",
          f: "write",
          key: "k17",
          value: "v4301",
        },
        {
          index: 8702,
          time: ns(33_011),
          process: 2,
          type: "invoke",
          f: "read",
          key: "k17",
          value: null,
        },
        {
          index: 8711,
          time: ns(33_020),
          process: 2,
          type: "ok",
          f: "read",
          key: "k17",
          value: "v3988",
        },
      ],
    },
  ],
};
