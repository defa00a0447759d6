/** One line per driver; what is heavy is loaded when a driver runs. */
import { dockerDriver } from "./docker/driver.ts";
import type { Driver } from "./driver.ts";
import { joinedDriver } from "./joined/driver.ts";
import { localDriver } from "./local/driver.ts";
import { simulationDriver } from "./simulation/driver.ts";

export const drivers: readonly Driver[] = [
  localDriver,
  dockerDriver,
  joinedDriver,
  simulationDriver,
];
