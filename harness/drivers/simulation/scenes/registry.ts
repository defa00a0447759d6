/** One line per scene. */
import { deafLeader } from "./deaf-leader.ts";
import { dearOrders } from "./dear-orders.ts";
import { echoes } from "./echoes.ts";
import { filledRoom } from "./filled-room.ts";
import { impatientCrowd } from "./impatient-crowd.ts";
import { latePrimary } from "./late-primary.ts";
import { longDay } from "./long-day.ts";
import { longNight } from "./long-night.ts";
import { misledClients } from "./misled-clients.ts";
import { missingBodies } from "./missing-bodies.ts";
import { movingTarget } from "./moving-target.ts";
import { passedOn } from "./passed-on.ts";
import { quietWord } from "./quiet-word.ts";
import { restlessClient } from "./restless-client.ts";
import type { DrawScene } from "./scene.ts";
import { slowReturn } from "./slow-return.ts";
import { slowWire } from "./slow-wire.ts";
import { twoStories } from "./two-stories.ts";
import { twoTruths } from "./two-truths.ts";
import { withdrawnBase } from "./withdrawn-base.ts";

/** In their turns; a slow return costs more than the others. */
export const scenes: readonly DrawScene[] = [
  impatientCrowd,
  misledClients,
  quietWord,
  twoTruths,
  longNight,
  slowReturn,
  withdrawnBase,
  impatientCrowd,
  slowWire,
  misledClients,
  longDay,
  quietWord,
  latePrimary,
  twoTruths,
  dearOrders,
  longNight,
];

/** In turns of their own, so that what was there before them keeps its seeds. */
export const laterScenes: readonly DrawScene[] = [
  passedOn,
  deafLeader,
  missingBodies,
  twoStories,
  echoes,
];

/** The same again. */
export const latestScenes: readonly DrawScene[] = [restlessClient, filledRoom];

/** And again. */
export const newestScenes: readonly DrawScene[] = [movingTarget];
