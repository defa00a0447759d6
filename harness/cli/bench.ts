import type { Command } from "commander";
import { registerFailover } from "./bench-failover.ts";
import { registerOverhead } from "./bench-overhead.ts";

export function register(program: Command): void {
  const bench = program.command("bench").description("measures, and puts several runs together");
  registerOverhead(bench);
  registerFailover(bench);
}
