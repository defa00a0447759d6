import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Argument, type Command } from "commander";
import { occasionText } from "../../faults/byzantine/behaviour.ts";
import { controlsText } from "../../faults/control-words.ts";
import { type DriverOffer, driversWith } from "../plan/driver-offer.ts";
import { vocabulary } from "../run.ts";
import { events, FAULT_EVENTS } from "../scenario/events.ts";
import { printableLines } from "../scenario/printable.ts";
import { chosenFrom } from "./arguments.ts";
import { parameterTexts } from "./parameter-texts.ts";

interface Listed {
  readonly name: string;
  readonly summary: string;
  /** What can be set of it, one text each; missing where nothing can. */
  readonly parameters?: readonly string[];
  /** Of behaviours: the only time at which it lies; missing where it always does. */
  readonly only?: string;
  /** What it needs, in words, and which drivers have that here; of faults. */
  readonly needs?: string;
  readonly drivers?: readonly string[];
}

/** What can be listed, each from its registry, loaded only when it is asked for. */
const lists: Readonly<Record<string, () => Promise<readonly Listed[]>>> = {
  faults: async () => faultsWithDrivers((await import("../drivers/registry.ts")).drivers),
  events: async () => [
    ...events,
    ...Object.entries(FAULT_EVENTS).map(([key, summary]) => {
      return { name: `${key}: NAME`, summary: `${summary}, which NAME names` };
    }),
  ],
  protocols: async () => vocabulary.protocols,
  services: async () => vocabulary.services,
  executors: async () => vocabulary.executors,
  behaviours: async () =>
    (await import("../../faults/byzantine/registry.ts")).behaviours.map(
      ({ name, summary, schema, ...rest }) => {
        const only = occasionText(rest);
        const listed = { name, summary, parameters: parameterTexts(schema) };
        return only === null ? listed : { ...listed, only };
      },
    ),
  attacks: async () =>
    (await import("../../faults/byzantine/clients/attacks/registry.ts")).clientAttacks,
  errors: async () =>
    (await import("../../faults/operator/registry.ts")).operatorErrors.map(
      ({ id, name, summary }) => ({ name, summary: `${id}: ${summary}` }),
    ),
  guards: async () => (await import("../../faults/operator/guards/registry.ts")).guards,
  drivers: async () => (await import("../drivers/registry.ts")).drivers,
  checkers: async () =>
    (await import("../checkers/registry.ts")).checkers.map(({ id, summary }) => ({
      name: id,
      summary,
    })),
  scenarios: async () => scenarios(),
  goals: async () => (await import("../drivers/simulation/reach/registry.ts")).goals,
  mutants: async () => [...(await import("../../faults/mutant.ts")).loadMutants().values()],
};

/** What the same is called elsewhere: in the README, and in `results.json`. */
const SAME: Readonly<Record<string, string>> = { checks: "checkers" };

const WORDS = [...Object.keys(lists), ...Object.keys(SAME)];

export function register(program: Command): void {
  program
    .command("list")
    .description(`what there is: ${Object.keys(lists).join(", ")}`)
    .addArgument(chosenFrom(new Argument("<what>"), WORDS))
    .option("--json", "as JSON")
    .action(async (asked: string, flags: { readonly json?: true }) => {
      const what = SAME[asked] ?? asked;
      const entries = ((await lists[what]?.()) ?? []).map(
        ({ name, summary, parameters = [], only, needs, drivers }): Listed => ({
          name,
          summary,
          ...(only === undefined ? {} : { only }),
          ...(parameters.length === 0 ? {} : { parameters }),
          ...(needs === undefined ? {} : { needs }),
          ...(drivers === undefined ? {} : { drivers }),
        }),
      );
      process.stdout.write(
        flags.json ? `${JSON.stringify(entries, null, 2)}\n` : printableLines(table(entries, what)),
      );
    });
}

function table(entries: readonly Listed[], what: string): string {
  if (entries.length === 0) return `there are no ${what}\n`;
  const width = Math.max(...entries.map(({ name }) => name.length));
  return entries
    .flatMap(({ name, summary, parameters = [], only, needs, drivers }) => [
      `${name.padEnd(width)}  ${summary}\n`,
      ...[...onlyThen(only), ...parameters, ...playedBy(needs, drivers)].map((text) => {
        return `${" ".repeat(width)}    ${text}\n`;
      }),
    ])
    .join("");
}

function faultsWithDrivers(drivers: readonly DriverOffer[]): readonly Listed[] {
  return vocabulary.faults.map(({ kind, summary, needs }) => ({
    name: kind,
    summary,
    needs: controlsText(needs),
    drivers: driversWith(needs, drivers),
  }));
}

function onlyThen(only: string | undefined): readonly string[] {
  return only === undefined ? [] : [`only ${only}`];
}

function playedBy(needs: string | undefined, drivers: readonly string[] = []): readonly string[] {
  if (needs === undefined) return [];
  return [`needs ${needs}: --driver ${drivers.join(", ")}`];
}

/** Every YAML file below `scenarios`, with the first sentence of the comment it begins with. */
function scenarios(): readonly Listed[] {
  const folder = join(import.meta.dirname, "..", "..", "scenarios");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml"))
    .toSorted()
    .map((file) => ({
      name: join("scenarios", file),
      summary: firstSentence(readFileSync(join(folder, file), "utf8")),
    }));
}

export function firstSentence(text: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  const comment = lines
    .slice(0, end)
    .filter((line) => !line.includes("yaml-language-server"))
    .map((line) => line.slice(1).trim())
    .join(" ")
    .trim();
  return /^.*?[.](?= |$)/.exec(comment)?.[0] ?? comment;
}
