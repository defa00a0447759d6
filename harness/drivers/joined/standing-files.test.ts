import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clusterWith, planWith } from "../../plan/plan.fixture.ts";
import { makeStandingFiles } from "./standing-files.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-test-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const asked = planWith({ cluster: clusterWith({ protocol: "pbft-mac" }) });
const fileOf = (member: string) => readFileSync(join(folder, member, "config.json"), "utf8");

test("the files are made for the protocol that was asked for, and once", () => {
  expect(makeStandingFiles(asked, folder)).toBe(true);
  expect(JSON.parse(fileOf("r2"))).toMatchObject({ protocol: "pbft-mac", id: 2 });
  const before = fileOf("r2");
  expect(makeStandingFiles(asked, folder)).toBe(false);
  expect(fileOf("r2")).toBe(before);
});

test("those of another cluster are refused by name, and left as they are", () => {
  makeStandingFiles(planWith({ cluster: clusterWith({ protocol: "pbft-sig" }) }), folder);
  const before = fileOf("c0");
  expect(() => makeStandingFiles(asked, folder)).toThrow(
    /cluster\.protocol is "pbft-mac", the running cluster has "pbft-sig"/,
  );
  expect(fileOf("c0")).toBe(before);
});
