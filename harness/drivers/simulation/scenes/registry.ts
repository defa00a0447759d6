/** One line per scene. */
import { dearOrders } from "./dear-orders.ts";
import { impatientCrowd } from "./impatient-crowd.ts";
import { latePrimary } from "./late-primary.ts";
import { longDay } from "./long-day.ts";
import { longNight } from "./long-night.ts";
import { misledClients } from "./misled-clients.ts";
import { quietWord } from "./quiet-word.ts";
import type { DrawScene } from "./scene.ts";
import { slowReturn } from "./slow-return.ts";
import { slowWire } from "./slow-wire.ts";
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
