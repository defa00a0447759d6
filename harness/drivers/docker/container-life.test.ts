import { expect, test } from "vitest";
import { endingOf } from "./container-life.ts";
import type { ContainerSight } from "./container-sight.ts";

function ended(exitCode: number, outOfMemory = false): ContainerSight {
  return { state: "exited", pid: 0, exitCode, outOfMemory };
}

test("an exit code is one, and above 128 it is the signal that init tells of", () => {
  expect(endingOf(ended(0))).toEqual({ code: 0, signal: null, words: "exit code 0" });
  expect(endingOf(ended(70))).toMatchObject({ code: 70, signal: null });
  expect(endingOf(ended(134))).toMatchObject({ code: null, signal: "SIGABRT" });
  expect(endingOf(ended(137))).toEqual({ code: null, signal: "SIGKILL", words: "signal SIGKILL" });
});

test("a kill for want of memory says so, and so does a container that somebody removed", () => {
  expect(endingOf(ended(137, true)).words).toContain("memory");
  expect(endingOf(null)).toMatchObject({ code: null, signal: "SIGKILL" });
});
