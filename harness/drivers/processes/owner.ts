/** The harness that a run belongs to: as long as it lives, the run is not litter. */
import type { OwnerState } from "../litter.ts";
import { isAlive, pidNamespace, startTimeOf } from "./proc.ts";

export interface Owner {
  readonly pid: number;
  readonly startTime: string;
  /** Elsewhere its pid is somebody else's, or nobody's. */
  readonly namespace: string;
}

export function thisOwner(): Owner {
  return ownerOf(process.pid);
}

/** Of a process in this PID namespace. */
export function ownerOf(pid: number): Owner {
  return { pid, startTime: startTimeOf(pid) ?? "0", namespace: pidNamespace() };
}

/** As everything of the run carries it. */
export function ownerName({ pid, startTime, namespace }: Owner): string {
  return `${pid}-${startTime}-${namespace}`;
}

export function stateOfOwner(name: string): OwnerState {
  const [pid = "", startTime = "", namespace] = name.split("-");
  if (namespace !== pidNamespace()) return "elsewhere";
  return isAlive({ pid: Number(pid), startTime }) ? "alive" : "dead";
}
