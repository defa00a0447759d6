import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { InjectorError } from "./injector-error.ts";
import type { ProcessIdentity } from "./signals.ts";
import { identify, kill, processState, resume, stop } from "./signals.ts";

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

async function sleeper(): Promise<{ child: ChildProcess; identity: ProcessIdentity }> {
  const child = spawn("sleep", ["60"]);
  children.push(child);
  await once(child, "spawn");
  const identity = await identify(child.pid ?? 0);
  if (identity === null) throw new Error("sleep is not running");
  return { child, identity };
}

test("a pause is proven by state T, a resume by its end", async () => {
  const { identity } = await sleeper();
  expect((await stop(identity)).state).toBe("T");
  expect(await processState(identity)).toBe("T");
  expect((await resume(identity)).state).not.toBe("T");
});

test("a stopped process can be killed, and killing the dead is a success", async () => {
  const { identity } = await sleeper();
  await stop(identity);
  expect((await kill(identity)).state).toBe("gone");
  expect((await kill(identity)).state).toBe("gone");
  expect(await identify(identity.pid)).toBeNull();
});

test("pausing or resuming the dead is an error", async () => {
  const { identity } = await sleeper();
  await kill(identity);
  await expect(stop(identity)).rejects.toThrow(InjectorError);
  await expect(resume(identity)).rejects.toThrow(InjectorError);
});

test("a pid that belongs to another process now is never signalled", async () => {
  const { child, identity } = await sleeper();
  const former = { ...identity, startTicks: "1" };
  expect((await kill(former)).state).toBe("gone");
  await expect(stop(former)).rejects.toThrow(/is gone/);
  expect(await processState(identity)).toBe("S");
  expect(child.signalCode).toBeNull();
});
