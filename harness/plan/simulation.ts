/** The simulated world of a plan, with every default filled in. */
import { type SimulationSection, simulation } from "../scenario/simulation.ts";

export interface PlannedSimulation {
  readonly network: WireParameters;
  /** The wire once the faults phase is over; missing: no other. */
  readonly calm?: WireParameters;
  readonly disk: DiskTiming;
  /** Missing: only a replica that is throttled pays, the same for each input. */
  readonly costs?: WorkCosts;
  /** What the clocks of all show when the run begins; missing: 0. */
  readonly clockMs?: number;
  /** What all had asked for before they were stopped; missing: it is a new cluster. */
  readonly view?: number;
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

/** What work costs a replica. */
export interface WorkCosts {
  readonly verificationMs: number;
  readonly signatureMs: number;
  /** Made or checked. */
  readonly codeMs: number;
  readonly frameMs: number;
  /** Sent or received. */
  readonly carriedMsPerKib: number;
  readonly hashedMsPerKib: number;
  /** Of the disk and not of the CPU. */
  readonly writtenMsPerKib: number;
}

export function plannedSimulation(section: SimulationSection): PlannedSimulation {
  const { network, calm, disk, costs, clock, view, padding, signatures } = section;
  return {
    network: wireOf(network),
    ...(calm === undefined ? {} : { calm: wireOf(calm) }),
    disk: { fsyncMinMs: disk.fsyncMin, fsyncMaxMs: disk.fsyncMax },
    ...(costs === undefined ? {} : { costs: costsOf(costs) }),
    ...(clock === 0 ? {} : { clockMs: clock }),
    ...(view === 0 ? {} : { view }),
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

function costsOf(section: NonNullable<SimulationSection["costs"]>): WorkCosts {
  const { verification, signature, code, frame, carried, hashed, written } = section;
  return {
    verificationMs: verification,
    signatureMs: signature,
    codeMs: code,
    frameMs: frame,
    carriedMsPerKib: carried,
    hashedMsPerKib: hashed,
    writtenMsPerKib: written,
  };
}

/** Where a plan says nothing: a loopback wire and a disk like those under the local driver. */
export const usualSimulation: PlannedSimulation = plannedSimulation(simulation.parse({}));

/** Said wherever a scenario has such a section. */
export const SIMULATED_ONLY =
  "simulation: is only for --driver simulation; other drivers have no such network, disk or costs";
