/** What a driver can do, as far as a plan asks for it. */
import type { Control } from "../../faults/fault.ts";

export interface DriverOffer {
  /** The driver's name. */
  readonly name: string;
  readonly offers: readonly Control[];
  /** Why it has not what it would offer on another machine. */
  readonly lacks?: Readonly<Partial<Record<Control | "k6", string>>>;
  /** It hears nothing of what happens in the cluster while it runs. */
  readonly isDeaf?: true;
  /** Whether a planted bug can show at all: where absent, each can. */
  readonly plays?: (mutant: PlantedBug) => boolean;
  /** Makers of load beside the built-in one. */
  readonly generators?: readonly "k6"[];
}

export interface PlantedBug {
  readonly name: string;
  readonly file: string;
}

/** Those that have all of it here, by name. */
export function driversWith(
  controls: readonly Control[],
  drivers: readonly DriverOffer[],
): readonly string[] {
  const able = drivers.filter(({ offers }) => controls.every((one) => offers.includes(one)));
  return able.map(({ name }) => name);
}

/** As it is typed: `--driver local or docker`. */
export function driverOptions(
  controls: readonly Control[],
  drivers: readonly DriverOffer[],
): string {
  const names = driversWith(controls, drivers);
  return names.length === 0 ? "no driver here has it" : `--driver ${names.join(" or ")}`;
}
