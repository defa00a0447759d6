/** Where nothing is signed: a view change on claims, and decisions on words (protocols §20). */
import { byClaims } from "./choice.ts";
import { fetchingClaimed } from "./execution.ts";
import { claimed } from "./marks.ts";
import { beingTold } from "./ordering.ts";
import { pbft } from "./pbft.ts";
import { allowed, type Specification } from "./step.ts";
import { vouching } from "./vouching.ts";

export const unsigned: Specification = {
  ...pbft(claimed, { choose: byClaims, isProved: false }),
  stated: beingTold,
  statetransfer: fetchingClaimed,
  vouched: vouching,
  // On whose word a request is ordered shows in what its client sent.
  believed: allowed,
};
