/** One line per checker, in the order of the reports. */

import type { Checker } from "./checker.ts";
import { checkpointProgress } from "./liveness/checkpoint-progress.ts";
import { completion } from "./liveness/completion.ts";
import { connections } from "./liveness/connections.ts";
import { convergence } from "./liveness/convergence.ts";
import { degradation } from "./liveness/degradation.ts";
import { detours } from "./liveness/detours.ts";
import { fairness } from "./liveness/fairness.ts";
import { lag } from "./liveness/lag.ts";
import { noChurn } from "./liveness/no-churn.ts";
import { patience } from "./liveness/patience.ts";
import { recovery } from "./liveness/recovery.ts";
import { repair } from "./liveness/repair.ts";
import { uptime } from "./liveness/uptime.ts";
import { viewConvergence } from "./liveness/view-convergence.ts";
import { viewWaits } from "./liveness/view-waits.ts";
import { logBytes } from "./resources/log-bytes.ts";
import { memory } from "./resources/memory.ts";
import { queueDrops } from "./resources/queue-drops.ts";
import { rateRefusals } from "./resources/rate-refusals.ts";
import { rejectedWork } from "./resources/rejected-work.ts";
import { repeatedChecks } from "./resources/repeated-checks.ts";
import { accountability } from "./safety/accountability.ts";
import { agreement } from "./safety/agreement.ts";
import { authentication } from "./safety/authentication.ts";
import { certificates } from "./safety/certificates.ts";
import { checkpointAgreement } from "./safety/checkpoint-agreement.ts";
import { checkpointContent } from "./safety/checkpoint-content.ts";
import { commitSupport } from "./safety/commit-support.ts";
import { durability } from "./safety/durability.ts";
import { exactlyOnce } from "./safety/exactly-once.ts";
import { integrity } from "./safety/integrity.ts";
import { linearizable } from "./safety/linearizable.ts";
import { newViewSoundness } from "./safety/new-view-soundness.ts";
import { oneValue } from "./safety/one-value.ts";
import { persistBeforeSend } from "./safety/persist-before-send.ts";
import { prefix } from "./safety/prefix.ts";
import { realTimeOrder } from "./safety/real-time-order.ts";
import { repairedState } from "./safety/repaired-state.ts";
import { replyValidity } from "./safety/reply-validity.ts";
import { specification } from "./safety/specification/specification.ts";
import { viewMonotonicity } from "./safety/view-monotonicity.ts";
import { watermarks } from "./safety/watermarks.ts";
import { expectations } from "./verdict/expectations.ts";

export const checkers: readonly Checker[] = [
  agreement,
  prefix,
  integrity,
  exactlyOnce,
  replyValidity,
  linearizable,
  realTimeOrder,
  checkpointAgreement,
  viewMonotonicity,
  oneValue,
  certificates,
  commitSupport,
  newViewSoundness,
  watermarks,
  persistBeforeSend,
  durability,
  authentication,
  accountability,
  specification,
  checkpointContent,
  repairedState,
  uptime,
  convergence,
  completion,
  recovery,
  viewConvergence,
  fairness,
  lag,
  checkpointProgress,
  noChurn,
  degradation,
  connections,
  detours,
  viewWaits,
  repair,
  patience,
  memory,
  logBytes,
  queueDrops,
  rateRefusals,
  rejectedWork,
  repeatedChecks,
  expectations,
];
