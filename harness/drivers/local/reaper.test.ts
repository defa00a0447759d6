import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { waitFor } from "../clock.ts";
import { markedEnvironment, residueOf } from "../processes/machine-litter.ts";
import { thisOwner } from "../processes/owner.ts";
import { isAlive, startTimeOf } from "../processes/proc.ts";
import { Reaper } from "../processes/reaper.ts";

const REAPER = fileURLToPath(new URL("reaper-main.ts", import.meta.url));
const deadOwner = { ...thisOwner(), startTime: "1" };
const cleanUp: (() => void)[] = [];

afterEach(() => {
  for (const step of cleanUp.splice(0)) step();
});

async function startChild(runId: string) {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log(1)"], {
    env: { ...process.env, ...markedEnvironment(runId, deadOwner) },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  cleanUp.push(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

async function startReaper(runId: string) {
  const reaper = spawn(process.execPath, [REAPER, runId], { stdio: ["pipe", "pipe", "ignore"] });
  cleanUp.push(() => reaper.kill("SIGKILL"));
  await once(reaper.stdout, "data");
  return reaper;
}

test("the end of the pipe without a word makes the reaper remove the run, and then leave", async () => {
  const runId = `reaper-test-${process.pid}-a`;
  await startChild(runId);
  const reaper = await startReaper(runId);
  const left = once(reaper, "exit");
  reaper.stdin.destroy();
  await left;
  expect(residueOf(runId)).toEqual([]);
});

test("Ctrl-C does not end the reaper", async () => {
  const runId = `reaper-test-${process.pid}-b`;
  await startChild(runId);
  const reaper = await startReaper(runId);
  const left = once(reaper, "exit");
  reaper.kill("SIGINT");
  reaper.kill("SIGTERM");
  reaper.stdin.destroy();
  const [code] = await left;
  expect(code).toBe(0);
  expect(residueOf(runId)).toEqual([]);
});

test("a reaper that is told to stand down removes nothing", async () => {
  const runId = `reaper-test-${process.pid}-c`;
  await startChild(runId);
  const reaper = await Reaper.start({ runId, program: REAPER, onReplaced: () => {} });
  await reaper.standDown();
  expect(residueOf(runId)).toHaveLength(1);
});

test("a reaper that is killed is replaced, and says so", async () => {
  const said: string[] = [];
  const reaper = await Reaper.start({
    runId: `reaper-test-${process.pid}-d`,
    program: REAPER,
    onReplaced: (why) => said.push(why),
  });
  const first = reaper.pid ?? 0;
  process.kill(first, "SIGKILL");
  const second = await waitFor(
    () => {
      const pid = reaper.pid ?? 0;
      const startTime = startTimeOf(pid);
      return pid !== first && startTime ? { found: { pid, startTime } } : { saw: `pid ${pid}` };
    },
    { what: "a new reaper", deadlineMs: 10_000 },
  );
  expect(said).toHaveLength(1);
  await reaper.standDown();
  expect(isAlive(second)).toBe(false);
});
