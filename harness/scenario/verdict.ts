/** What a run can come to. A scenario says which of them it expects. */
export const VERDICTS = [
  "PASS",
  "FAIL",
  "LIVENESS_MISS",
  "HALTED_SAFELY",
  "OUT_OF_CONTRACT",
  "INCONCLUSIVE",
] as const;
export type Verdict = (typeof VERDICTS)[number];
