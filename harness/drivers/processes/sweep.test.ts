import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { waitFor } from "../clock.ts";
import type { Litter } from "../litter.ts";
import {
  findRuns,
  machineLitter,
  markedEnvironment,
  residueOf,
  runFolder,
} from "./machine-litter.ts";
import { type Owner, thisOwner } from "./owner.ts";
import { startTimeOf, stateOf } from "./proc.ts";
import { sweepRun } from "./sweep.ts";

const children: ChildProcess[] = [];
const deadOwner: Owner = { ...thisOwner(), startTime: "1" };
let runs = 0;

function newRun(): string {
  runs += 1;
  return `sweep-test-${process.pid}-${runs}`;
}

async function startChild(runId: string, owner: Owner): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log(1)"], {
    env: { ...process.env, ...markedEnvironment(runId, owner) },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  children.push(child);
  await once(child.stdout, "data");
  return child;
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

test("a run is removed whole: running processes, stopped ones and its folder", async () => {
  const runId = newRun();
  const running = await startChild(runId, deadOwner);
  const stopped = await startChild(runId, deadOwner);
  stopped.kill("SIGSTOP");
  await waitFor(
    () => (stateOf(stopped.pid ?? 0) === "T" ? { found: true } : { saw: "not stopped" }),
    { what: "the child to stop", deadlineMs: 5_000 },
  );
  const folder = runFolder(runId, deadOwner);
  mkdirSync(folder);
  writeFileSync(join(folder, "r0.json"), "{}");
  const ended = Promise.all([once(running, "exit"), once(stopped, "exit")]);

  const removed = await sweepRun(runId, [machineLitter]);

  await ended;
  expect(removed).toHaveLength(3);
  expect(existsSync(folder)).toBe(false);
  expect(residueOf(runId)).toEqual([]);
});

test("sweeping one run leaves the processes of another alone", async () => {
  const [mine, other] = [newRun(), newRun()];
  await startChild(mine, deadOwner);
  const bystander = await startChild(other, deadOwner);
  await sweepRun(mine, [machineLitter]);
  expect(residueOf(mine)).toEqual([]);
  expect(residueOf(other)).toHaveLength(1);
  expect(startTimeOf(bystander.pid ?? 0)).not.toBeNull();
});

test("a run is litter only if its owner is dead, and a pid that was used again is not the owner", async () => {
  const [live, dead] = [newRun(), newRun()];
  await startChild(live, thisOwner());
  await startChild(dead, deadOwner);
  const owners = new Map(findRuns().map(({ runId, owner }) => [runId, owner]));
  expect(owners.get(live)).toBe("alive");
  expect(owners.get(dead)).toBe("dead");
});

test("an owner in another PID namespace is not judged by a pid of this one", () => {
  const runId = newRun();
  const folder = runFolder(runId, { ...deadOwner, namespace: "1" });
  mkdirSync(folder);
  expect(findRuns().find((run) => run.runId === runId)?.owner).toBe("elsewhere");
  rmSync(folder, { recursive: true });
});

test("a folder without any process is found too", async () => {
  const runId = newRun();
  mkdirSync(runFolder(runId, deadOwner));
  expect(residueOf(runId)).toHaveLength(1);
  await sweepRun(runId, [machineLitter]);
  expect(residueOf(runId)).toEqual([]);
});

/** Something in a place that answers as it is told, one answer a try, and then lets it go. */
function stubborn(tries: readonly (Error | "stays")[]): { litter: Litter; isThere: () => boolean } {
  const left = [...tries];
  let isThere = true;
  const litter: Litter = {
    find: async () => [],
    residueOf: async () => (isThere ? ["a thing"] : []),
    remove: async () => {
      const next = left.shift();
      if (next instanceof Error) throw next;
      if (next === "stays" || !isThere) return [];
      isThere = false;
      return ["a thing"];
    },
  };
  return { litter, isThere: () => isThere };
}

test("what cannot be removed at once is tried again, whether it says so or only stays", async () => {
  const trouble = new Error("device or resource busy");
  const thing = stubborn([trouble, "stays", "stays", trouble]);
  expect(await sweepRun(newRun(), [thing.litter], { calmMs: 60 })).toEqual(["a thing"]);
  expect(thing.isThere()).toBe(false);
});

test("what never can be removed is told at the deadline, and keeps nothing else from its end", async () => {
  const never = stubborn(Array.from({ length: 1_000 }, () => new Error("read-only file system")));
  const other = stubborn([]);
  const sweep = sweepRun(newRun(), [never.litter, other.litter], { deadlineMs: 200 });
  await expect(sweep).rejects.toThrow("read-only file system");
  expect(other.isThere()).toBe(false);
});
