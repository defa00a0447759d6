/** Debian's promtool on the configuration and the rules; each command is seen to complain. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { promtool } from "../../harness/prometheus/prometheus.fixture.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-promtool-"));
  cpSync(import.meta.dirname, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  {
    what: "the configuration",
    command: ["check", "config", "prometheus.yml"],
    file: "prometheus.yml",
    breach: ["scrape_timeout: 900ms", "scrape_timeout: 2s"],
  },
  {
    what: "the configuration of one that is started by hand",
    command: ["check", "config", "by-hand.yml"],
    file: "by-hand.yml",
    breach: ["scrape_timeout: 10s", "scrape_timeout: 20s"],
  },
  {
    what: "the recording rules",
    command: ["check", "rules", "rules/runs.yml"],
    file: "rules/runs.yml",
    breach: ["[1m]", "[1]"],
  },
  {
    what: "the alerts",
    command: ["check", "rules", "rules/alerts.yml"],
    file: "rules/alerts.yml",
    breach: ["for: 2s", "fro: 2s"],
  },
  {
    what: "what the rules are said to do",
    command: ["test", "rules", "tests/alerts.test.yml"],
    file: "rules/alerts.yml",
    breach: ["for: 2s", "for: 0s"],
  },
] as const)(
  "$what is sound, and a breach is seen",
  ({ command, file, breach: [sound, broken] }) => {
    const [act, kind, path] = command;
    const args = [act, kind, join(folder, path)];
    expect(promtool(args)).toBe("");
    const text = readFileSync(join(folder, file), "utf8");
    expect(text).toContain(sound);
    writeFileSync(join(folder, file), text.replace(sound, broken));
    expect(promtool(args)).not.toBe("");
  },
);
