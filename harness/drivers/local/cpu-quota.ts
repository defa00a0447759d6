/**
 * CPU quotas for processes of this machine, by control groups of the kernel: where there is a place
 * for them (tried, once), and the quota of one replica through all its lives.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import {
  CpuGroup,
  canHoldGroups,
  type GroupParent,
  groupParents,
  type QuotaCounts,
} from "../../../faults/injectors/cpu-groups.ts";
import { WHOLE_CPU } from "../../../faults/link-state.ts";
import { monotonicMs, sleep } from "../clock.ts";
import { DriverError } from "../driver.ts";
import { groupName } from "../processes/machine-litter.ts";
import { thisOwner } from "../processes/owner.ts";

/** Why there is none, in words. */
interface NoPlace {
  readonly because: string;
}

const REMOVE_DEADLINE_MS = 2_000;
const TRIED_SHARE = 0.5;

let known: GroupParent | NoPlace | null = null;

/** The nearest group above this process in which a quota holds. */
export function quotaPlace(): GroupParent | NoPlace {
  known ??= findPlace(groupParents());
  return known;
}

export function findPlace(parents: readonly GroupParent[]): GroupParent | NoPlace {
  if (parents.length === 0) return { because: "this kernel shows no control groups for CPU time" };
  const allowed = parents.filter(canHoldGroups);
  if (allowed.length === 0) {
    const tried = parents.map(({ folder }) => folder).join(", ");
    return { because: `no control group with a CPU quota can be made here (tried ${tried})` };
  }
  const complaints: string[] = [];
  for (const parent of allowed) {
    const complaint = complaintOf(parent);
    if (complaint === null) return parent;
    complaints.push(`${parent.folder}: ${complaint}`);
  }
  return { because: `no CPU quota can be set here: ${complaints.join("; ")}` };
}

/** Null = a process was put under a quota there, and the quota reads back. */
function complaintOf(parent: GroupParent): string | null {
  // Named like the groups of a run, so that who is killed in the middle of it leaves nothing.
  const group = new CpuGroup(parent, groupName(`probe${process.pid}`, thisOwner(), "r0"));
  try {
    group.make();
    group.limit(TRIED_SHARE);
    const procs = join(group.folder, "cgroup.procs");
    const moved = spawnSync("/bin/sh", ["-c", 'echo $$ > "$0"', procs]);
    if (moved.status !== 0) return "no process can be moved into a group of it";
    const { quota } = group.counts();
    return quota === TRIED_SHARE ? null : `a quota of ${TRIED_SHARE} reads back as ${quota}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    group.remove();
  }
}

/** Of whatever process goes by one name. Its group is made when it is first throttled. */
export class CpuQuota {
  readonly #name: string;
  #group: CpuGroup | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  limit(pid: number, share: number): void {
    if (this.#group === null && share === WHOLE_CPU) return;
    const group = this.#group ?? this.#make();
    group.limit(share);
    group.take(pid);
  }

  counts(): QuotaCounts {
    return this.#group?.counts() ?? { quota: null, heldMs: 0 };
  }

  /** Its processes are gone. What cannot be removed is residue, and told as such. */
  async close(): Promise<void> {
    const untilMs = monotonicMs() + REMOVE_DEADLINE_MS;
    while (this.#group?.remove() === false && monotonicMs() < untilMs) await sleep(10);
  }

  #make(): CpuGroup {
    const place = quotaPlace();
    if ("because" in place) throw new DriverError("CPU_QUOTA", place.because);
    const group = new CpuGroup(place, this.#name);
    group.make();
    this.#group = group;
    return group;
  }
}
