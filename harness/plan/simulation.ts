/** The simulated world of a plan, with every default filled in. */
import { type SimulationSection, simulation } from "../scenario/simulation.ts";

export interface PlannedSimulation {
  readonly network: WireParameters;
  /** The wire once the faults phase is over; missing: no other. */
  readonly calm?: WireParameters;
  readonly disk: DiskTiming;
  /** Added to every value that is written. */
  readonly paddingBytes: number;
  /** Missing in plans of before: fast. */
  readonly signatures?: SimulationSection["signatures"];
}

/** What the simulated wire does by itself, faults apart. Probabilities are per frame. */
export interface WireParameters {
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
  readonly loss: number;
  readonly duplication: number;
  /** A reordered frame does not wait for those sent before it. */
  readonly reordering: number;
  /** Back-off before a broken connection is up again, at most. */
  readonly reconnectMaxMs: number;
  /** Frames kept for a peer that cannot be reached; older ones are dropped. */
  readonly queueMax: number;
}

export interface DiskTiming {
  readonly fsyncMinMs: number;
  readonly fsyncMaxMs: number;
}

export function plannedSimulation(section: SimulationSection): PlannedSimulation {
  const { network, calm, disk, padding, signatures } = section;
  return {
    network: wireOf(network),
    ...(calm === undefined ? {} : { calm: wireOf(calm) }),
    disk: { fsyncMinMs: disk.fsyncMin, fsyncMaxMs: disk.fsyncMax },
    paddingBytes: padding,
    signatures,
  };
}

function wireOf({ delayMin, delayMax, reconnect, queue, ...shares }: SimulationSection["network"]) {
  return {
    delayMinMs: delayMin,
    delayMaxMs: delayMax,
    ...shares,
    reconnectMaxMs: reconnect,
    queueMax: queue,
  };
}

/** Where a plan says nothing: a loopback wire and a disk like those under the local driver. */
export const usualSimulation: PlannedSimulation = plannedSimulation(simulation.parse({}));
