/** How the arguments of commands are read. */
import { type Argument, InvalidArgumentError, Option } from "commander";
import { duration } from "../../faults/units.ts";
import { defaults, protocols } from "../../nodes/registry.ts";
import { receiverOf } from "../prometheus/receiver.ts";
import { hintFor } from "../scenario/closest.ts";

/** Exact in a number, so that what is printed is what was asked for. */
export function wholeNumber(text: string): number {
  return between(0, Number.MAX_SAFE_INTEGER)(text);
}

export function between(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most} is needed`);
  };
}

/** An option that takes a name of a registry. */
export function choice(
  flags: string,
  entries: readonly { readonly name: string }[],
  description?: string,
): Option {
  const names = entries.map(({ name }) => name);
  return chosenFrom(new Option(flags, description), names);
}

/** What is none of the names is told as it is of a scenario: with the nearest of them. */
export function chosenFrom<Chosen extends Argument | Option>(
  chosen: Chosen,
  names: readonly string[],
): Chosen {
  const { parseArg } = chosen.choices(names);
  chosen.argParser((text: string, earlier: unknown) => {
    if (names.includes(text)) return parseArg?.(text, earlier);
    throw new InvalidArgumentError(`${hintFor(text, names)}allowed: ${names.join(", ")}`);
  });
  return chosen;
}

export function protocolOption(): Option {
  return choice("--protocol <name>", protocols, "what the replicas speak").default(
    defaults.protocol,
  );
}

/** Written as in a scenario: `500ms`, `60s`, `2m`. */
export function milliseconds(text: string): number {
  const parsed = duration.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => message).join("; "));
}

/** A server that takes samples, or its receiver itself. */
export function prometheusOption(): Option {
  const option = new Option("--prometheus <url>", "send its figures there by remote write");
  return option.argParser((text: string) => {
    const receiver = receiverOf(text);
    if (receiver !== null) return receiver;
    throw new InvalidArgumentError(
      "an address like http://127.0.0.1:9090 is needed, without user and password",
    );
  });
}

/** What the environment sets comes first, so that the command line has the last word. */
export function setOption(description = "override a key of the scenario"): Option {
  const of = process.env["BFT_CHAOS_SET"] ?? "";
  const earlier = of.split(" ").filter((set) => set !== "");
  return new Option("--set <path=value>", `${description} (repeatable; env: BFT_CHAOS_SET)`)
    .argParser(collect)
    .default(earlier);
}

/** For options that may be given more than once. */
export function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
