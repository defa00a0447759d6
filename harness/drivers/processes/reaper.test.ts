/** How the reaper of a run is started, with programs that behave as some machines make them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { READY } from "./reap.ts";
import { Reaper } from "./reaper.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-reaper-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** @param times it is struck by Ctrl-C, and then listens until it is told to stand down */
function struck(times: number): string {
  const program = join(folder, "reaper.mjs");
  const marks = JSON.stringify(join(folder, "marks"));
  writeFileSync(
    program,
    `import { appendFileSync, readFileSync } from "node:fs";
appendFileSync(${marks}, "x");
if (readFileSync(${marks}, "utf8").length <= ${times}) process.kill(process.pid, "SIGINT");
else {
  process.stdin.on("data", () => process.exit(0));
  process.stdout.write(${JSON.stringify(READY)});
}
`,
  );
  return program;
}

const start = (program: string) => Reaper.start({ runId: "tried", program, onReplaced: () => {} });

test("one that Ctrl-C struck before it had a session of its own is started again", async () => {
  const reaper = await start(struck(1));
  expect(reaper.pid).toBeDefined();
  await reaper.standDown();
});

test("one that is struck each time is told, and nothing else is started", async () => {
  await expect(start(struck(2))).rejects.toThrow("the reaper could not be started");
});
