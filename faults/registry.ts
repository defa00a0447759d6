/**
 * One line per fault; the YAML schema, the lists, the README's table and the contract test derive
 * from it.
 */
import { byzantine } from "./byzantine/byzantine.ts";
import { badClient } from "./byzantine/clients/bad-client-fault.ts";
import { backup } from "./disk/backup.ts";
import { corruptState } from "./disk/corrupt-state.ts";
import type { FaultDefinition } from "./fault.ts";
import { bandwidth } from "./network/bandwidth.ts";
import { cutoff } from "./network/cutoff.ts";
import { delay } from "./network/delay.ts";
import { duplication } from "./network/duplication.ts";
import { lateness } from "./network/lateness.ts";
import { loss } from "./network/loss.ts";
import { partition } from "./network/partition.ts";
import { reordering } from "./network/reordering.ts";
import { reset } from "./network/reset.ts";
import { trickle } from "./network/trickle.ts";
import { ted } from "./operator/ted.ts";
import { crash } from "./process/crash.ts";
import { pause } from "./process/pause.ts";
import { powerCut } from "./process/power-cut.ts";
import { rollingRestart } from "./process/rolling-restart.ts";
import { throttle } from "./process/throttle.ts";

export const faults: readonly FaultDefinition[] = [
  partition,
  delay,
  bandwidth,
  trickle,
  reset,
  cutoff,
  loss,
  duplication,
  reordering,
  lateness,
  crash,
  pause,
  rollingRestart,
  powerCut,
  throttle,
  backup,
  corruptState,
  byzantine,
  badClient,
  ted,
];
