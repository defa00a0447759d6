/** One line per checker, in the order of the reports. */
import { agreement } from "./agreement.ts";
import { certificates } from "./certificates.ts";
import type { Checker } from "./checker.ts";
import { checkpointAgreement } from "./checkpoint-agreement.ts";
import { commitSupport } from "./commit-support.ts";
import { completion } from "./completion.ts";
import { convergence } from "./convergence.ts";
import { durability } from "./durability.ts";
import { exactlyOnce } from "./exactly-once.ts";
import { expectations } from "./expectations.ts";
import { integrity } from "./integrity.ts";
import { linearizable } from "./linearizable.ts";
import { newViewSoundness } from "./new-view-soundness.ts";
import { noChurn } from "./no-churn.ts";
import { oneValue } from "./one-value.ts";
import { prefix } from "./prefix.ts";
import { realTimeOrder } from "./real-time-order.ts";
import { recovery } from "./recovery.ts";
import { replyValidity } from "./reply-validity.ts";
import { uptime } from "./uptime.ts";
import { viewMonotonicity } from "./view-monotonicity.ts";

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
  durability,
  uptime,
  convergence,
  completion,
  recovery,
  noChurn,
  expectations,
];
