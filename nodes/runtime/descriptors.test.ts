import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { descriptorLimit, strangersMax } from "./descriptors.ts";

test("strangers get far less than the process may have", () => {
  for (const limit of [256, 1024, 20_000, 1_048_576]) {
    const { silent, greeted, pages } = strangersMax(limit);
    expect(silent + greeted + pages).toBeLessThan(limit / 2);
  }
  expect(descriptorLimit()).toBeGreaterThan(64);
});

test("a process that is out of descriptors opens its log all the same", () => {
  const program = `
    import { openSync } from "node:fs";
    import { descriptorReserve } from ${JSON.stringify(new URL("descriptors.ts", import.meta.url).href)};
    const taken = [];
    try { for (;;) taken.push(openSync("/dev/null", "r")); } catch {}
    for (let file = 0; file < 4; file++) descriptorReserve.use(() => openSync("/dev/null", "r"));
    let code = "";
    try { descriptorReserve.use(() => openSync("/dev/null", "r")); } catch (error) { code = error.code; }
    console.log(taken.length > 20, code);
  `;
  const script = `ulimit -n 128; exec "${process.execPath}" --input-type=module -e '${program}'`;
  const { stdout, stderr } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout.trim()).toBe("true EMFILE");
});
