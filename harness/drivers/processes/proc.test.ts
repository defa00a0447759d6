import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { claimAddress } from "../local/addresses.ts";
import { isAlive, listeningPorts, processesWith, startTimeOf, stateOf } from "./proc.ts";

test("a process is its pid and its start time: another start time is another process", () => {
  const startTime = startTimeOf(process.pid);
  expect(startTime).not.toBeNull();
  expect(isAlive({ pid: process.pid, startTime: startTime ?? "" })).toBe(true);
  expect(isAlive({ pid: process.pid, startTime: "1" })).toBe(false);
});

test("a pid that nobody has is not alive and has no state", () => {
  expect(stateOf(2 ** 22 + 1)).toBeNull();
  expect(isAlive({ pid: 2 ** 22 + 1, startTime: "1" })).toBe(false);
});

test("children are found by a variable of their environment", async () => {
  const value = `proc-test-${process.pid}`;
  const child = spawn(process.execPath, ["-e", "process.stdin.resume(); console.log(1)"], {
    env: { ...process.env, BFT_CHAOS_PROC_TEST: value },
    stdio: ["pipe", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  const found = processesWith("BFT_CHAOS_PROC_TEST");
  expect(found.get(child.pid ?? 0)?.get("BFT_CHAOS_PROC_TEST")).toBe(value);
  child.stdin.end();
  await once(child, "exit");
});

test("listening ports are those of exactly this address", async () => {
  const { host, basePort, release } = await claimAddress(2);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host, port: basePort }, resolve));
  expect(listeningPorts(host)).toEqual([basePort - 1, basePort]);
  server.close();
  await once(server, "close");
  await release();
  expect(listeningPorts(host)).toEqual([]);
});
