import { aboveOwnWindow } from "./above-own-window.ts";
import { ackerKilled } from "./acker-killed.ts";
import { believedOnAcks } from "./believed-on-acks.ts";
import { believedOnPrepares, believedOnRelays } from "./believed-requests.ts";
import { enteredOnStatements } from "./entered-on-statements.ts";
import { epochsApart } from "./epochs-apart.ts";
import type { Goal } from "./goal.ts";
import { keptNewView } from "./kept-new-view.ts";
import { lowerBase } from "./lower-base.ts";
import { orderedAgain } from "./ordered-again.ts";

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
  epochsApart,
];
