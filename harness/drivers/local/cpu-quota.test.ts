import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { groupParents } from "../../../faults/injectors/cpu-groups.ts";
import { waitFor } from "../clock.ts";
import { groupName, machineLitter, residueOf } from "../processes/machine-litter.ts";
import { type Owner, thisOwner } from "../processes/owner.ts";
import { sweepRun } from "../processes/sweep.ts";
import { CpuQuota, findPlace, quotaPlace } from "./cpu-quota.ts";
import { localDriver } from "./driver.ts";

const place = quotaPlace();
const here = "because" in place ? null : place;
const children: ChildProcess[] = [];
let runs = 0;

function newRun(): string {
  runs += 1;
  return `quota-test-${process.pid}-${runs}`;
}

/** It takes as much of a CPU as it gets. */
async function greedy(): Promise<number> {
  const endless = "console.log(1); for (;;);";
  const child = spawn(process.execPath, ["-e", endless], { stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  await once(child.stdout, "data");
  return child.pid ?? 0;
}

async function kill(pid: number): Promise<void> {
  const child = children.find((each) => each.pid === pid);
  const ended = child && once(child, "exit");
  child?.kill("SIGKILL");
  await ended;
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

describe.each(here === null ? [place] : [])("where the kernel has no quotas for us", () => {
  test("the driver does not offer them, and says why", () => {
    expect(localDriver.offers).not.toContain("cpu");
    expect(localDriver.lacks).toHaveProperty("cpu");
  });
});

describe.each(here === null ? [] : [here])("where the kernel has quotas", ({ folder }) => {
  test("the driver offers them", () => {
    expect(localDriver.offers).toContain("cpu");
  });

  test("a process is held back, its quota reads back, and lifting it is seen", async () => {
    const quota = new CpuQuota(groupName(newRun(), thisOwner(), "r2"));
    const pid = await greedy();
    expect(quota.counts()).toEqual({ quota: null, heldMs: 0 });

    quota.limit(pid, 0.2);
    expect(quota.counts().quota).toBe(0.2);
    const held = await waitFor(
      () => {
        const { heldMs } = quota.counts();
        return heldMs > 100 ? { found: heldMs } : { saw: `${heldMs} ms` };
      },
      { what: "the process to be held back", deadlineMs: 10_000 },
    );
    expect(held).toBeGreaterThan(100);

    quota.limit(pid, 1);
    expect(quota.counts().quota).toBeNull();
    await kill(pid);
    await quota.close();
    expect(groupsLeft("quota-test")).toEqual([]);
  });

  test("whoever goes by the name later has the same quota", async () => {
    const quota = new CpuQuota(groupName(newRun(), thisOwner(), "r2"));
    const first = await greedy();
    quota.limit(first, 0.5);
    await kill(first);
    const second = await greedy();
    quota.limit(second, 0.5);
    const [group = ""] = groupsLeft("quota-test");
    expect(readFileSync(join(folder, group, "cgroup.procs"), "utf8").trim()).toBe(String(second));
    await kill(second);
    await quota.close();
  });

  test("nobody is throttled, so no group is made", async () => {
    const quota = new CpuQuota(groupName(newRun(), thisOwner(), "r2"));
    quota.limit(process.pid, 1);
    await quota.close();
    expect(groupsLeft("quota-test")).toEqual([]);
  });

  test("a group that a dead harness left is residue, and swept", async () => {
    const runId = newRun();
    const deadOwner: Owner = { ...thisOwner(), startTime: "1" };
    mkdirSync(join(folder, groupName(runId, deadOwner, "r1")));
    expect(residueOf(runId)).toEqual([expect.stringMatching(/^control group .*r1$/)]);
    expect(await sweepRun(runId, [machineLitter])).toEqual([
      expect.stringMatching(/^control group .*r1$/),
    ]);
    expect(residueOf(runId)).toEqual([]);
  });

  test("trying leaves nothing behind", () => {
    expect(findPlace(groupParents())).toHaveProperty("folder");
    expect(groupsLeft(`probe${process.pid}`)).toEqual([]);
  });
});

describe("where there is no place for a quota, the reason is told:", () => {
  test("no control groups at all", () => {
    expect(findPlace([])).toEqual({ because: expect.stringContaining("no control groups") });
  });

  test("a folder that is not to be written to", () => {
    const parent = { version: 1, folder: "/proc/self/nothing" } as const;
    expect(findPlace([parent])).toEqual({ because: expect.stringContaining(parent.folder) });
  });

  test("a folder that takes everything and does nothing", () => {
    const folder = mkdtempSync(join(tmpdir(), "bft-chaos-no-groups-"));
    try {
      const found = findPlace([{ version: 1, folder }]);
      expect(found).toEqual({ because: expect.stringContaining("no CPU quota can be set here") });
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(existsSync(folder)).toBe(false);
  });
});

function groupsLeft(name: string): readonly string[] {
  return groupParents()
    .flatMap(({ folder }) => readdirSync(folder))
    .filter((entry) => entry.includes(name));
}
