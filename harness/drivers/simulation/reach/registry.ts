import { aboveOwnWindow } from "./above-own-window.ts";
import { ackerKilled } from "./acker-killed.ts";
import { answerLost } from "./answer-lost.ts";
import { believedOnAcks } from "./believed-on-acks.ts";
import { believedOnPrepares, believedOnRelays } from "./believed-requests.ts";
import { decidedByWord } from "./decided-by-word.ts";
import { enteredOnStatements } from "./entered-on-statements.ts";
import { epochsApart } from "./epochs-apart.ts";
import { equivocationSeen } from "./equivocation-seen.ts";
import type { Goal } from "./goal.ts";
import { joinRule } from "./join-rule.ts";
import { keptNewView } from "./kept-new-view.ts";
import { learntAcrossViews } from "./learnt-across-views.ts";
import { lowerBase } from "./lower-base.ts";
import { nullInNewView } from "./null-in-new-view.ts";
import { olderCertificateWins } from "./older-certificate-wins.ts";
import { orderedAgain } from "./ordered-again.ts";
import { primaryBack } from "./primary-back.ts";
import { restartInViewChange } from "./restart-in-view-change.ts";
import { stateRepaired } from "./state-repaired.ts";
import { targetGone } from "./target-gone.ts";
import { transferOvertaken } from "./transfer-overtaken.ts";
import { transferUnderLoad } from "./transfer-under-load.ts";
import { unstableInstalled } from "./unstable-installed.ts";
import { viewChangeDuringCheckpoint } from "./view-change-during-checkpoint.ts";
import { viewsInARow } from "./views-in-a-row.ts";
import { voteOutlivesKill } from "./vote-outlives-kill.ts";
import { windowFull } from "./window-full.ts";

/** What exploration counts, one line each. */
export const goals: readonly Goal[] = [
  lowerBase,
  aboveOwnWindow,
  orderedAgain,
  believedOnAcks,
  keptNewView,
  enteredOnStatements,
  ackerKilled,
  believedOnPrepares,
  believedOnRelays,
  decidedByWord,
  unstableInstalled,
  epochsApart,
  viewChangeDuringCheckpoint,
  viewsInARow,
  joinRule,
  restartInViewChange,
  nullInNewView,
  olderCertificateWins,
  learntAcrossViews,
  primaryBack,
  voteOutlivesKill,
  equivocationSeen,
  windowFull,
  transferUnderLoad,
  transferOvertaken,
  targetGone,
  answerLost,
  stateRepaired,
];
