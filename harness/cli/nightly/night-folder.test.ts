import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exampleNight } from "../../reports/night/example-night.fixture.ts";
import { NIGHT_FILE, newNightFolder, unfinishedNight } from "./night-folder.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-night-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a night that is taken up keeps its folder, also when another one begins beside it", () => {
  const first = newNightFolder(folder, "a1", new Date(0));
  const night = { ...exampleNight(), state: "stopped", owner: "1-1-1" } as const;
  first.writeJson(NIGHT_FILE, night);

  const { store } = unfinishedNight(folder);
  newNightFolder(folder, "b2", new Date(1_000));

  expect(store.directory).toBe(first.directory);
  store.writeJson(NIGHT_FILE, night);
});
