#!/usr/bin/env node
/** The command line. A command is a module with `register`, loaded only when it is asked for. */
import { Command } from "commander";
import { versionsOf } from "../host.ts";
import { report } from "./exit-codes.ts";
import { outliveReaders } from "./output.ts";

interface CommandModule {
  register(program: Command): void;
}

const commands: Readonly<Record<string, () => Promise<CommandModule>>> = {
  run: () => import("./run.ts"),
  plan: () => import("./plan.ts"),
  list: () => import("./list.ts"),
  draw: () => import("./draw.ts"),
  check: () => import("./check.ts"),
  report: () => import("./report.ts"),
  explore: () => import("./explore.ts"),
  canaries: () => import("./canaries.ts"),
  clean: () => import("./clean.ts"),
  doctor: () => import("./doctor.ts"),
};

async function main(args: readonly string[]): Promise<void> {
  const program = new Command("bft-chaos")
    .description("chaos runs against Byzantine-fault-tolerant replicas, judged")
    .version(versionsOf()["bft-chaos"] ?? "")
    .showHelpAfterError()
    .exitOverride();
  const asked = commands[args[0] ?? ""];
  const modules = asked ? [asked] : Object.values(commands);
  for (const load of modules) (await load()).register(program);
  for (const command of program.commands) command.exitOverride().showHelpAfterError();
  await program.parseAsync(args, { from: "user" });
}

outliveReaders();
try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = report(error);
}
