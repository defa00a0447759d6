/** The command line. A command is a module with `register`, loaded only when it is asked for. */
import { Command } from "commander";
import { versionsOf } from "../host.ts";
import { printableLines } from "../scenario/printable.ts";
import { report } from "./exit-codes.ts";
import { outliveReaders } from "./output.ts";

interface CommandModule {
  register(program: Command): void;
}

const commands: ReadonlyMap<string, () => Promise<CommandModule>> = new Map([
  ["run", () => import("./run.ts")],
  ["plan", () => import("./plan.ts")],
  ["list", () => import("./list.ts")],
  ["draw", () => import("./draw.ts")],
  ["check", () => import("./check.ts")],
  ["report", () => import("./report.ts")],
  ["replay", () => import("./replay.ts")],
  ["compare", () => import("./compare.ts")],
  ["explore", () => import("./explore.ts")],
  ["shrink", () => import("./shrink.ts")],
  ["canaries", () => import("./canaries.ts")],
  ["bench", () => import("./bench.ts")],
  ["keys", () => import("./keys.ts")],
  ["images", () => import("./images.ts")],
  ["nightly", () => import("./nightly.ts")],
  ["clean", () => import("./clean.ts")],
  ["doctor", () => import("./doctor.ts")],
]);

async function main(args: readonly string[]): Promise<void> {
  const program = new Command("bft-chaos")
    .description("chaos runs against Byzantine-fault-tolerant replicas, judged")
    .version(versionsOf()["bft-chaos"] ?? "");
  // What is typed comes back in complaints, and may have been pasted from anywhere.
  program.configureOutput({ writeErr: (text) => process.stderr.write(printableLines(text)) });
  const asked = commands.get(args[0] ?? "");
  const modules = asked ? [asked] : [...commands.values()];
  for (const load of modules) (await load()).register(program);
  pointToHelp(program, "bft-chaos");
  await program.parseAsync(args, { from: "user" });
}

/** The whole help would push the complaint off a terminal. */
function pointToHelp(command: Command, typed: string): void {
  command.exitOverride().showHelpAfterError(`what there is: ${typed} --help`);
  for (const below of command.commands) pointToHelp(below, `${typed} ${below.name()}`);
}

outliveReaders();
try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = report(error);
}
