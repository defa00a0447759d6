/** A scenario: the YAML file, parsed and checked, its own defaults filled in. */
import { printable } from "./printable.ts";
import type { ScenarioSections } from "./schema.ts";
import type { WhenSection } from "./when.ts";

export interface Scenario extends Omit<ScenarioSections, "faults"> {
  readonly faults: readonly ScenarioFault[];
  readonly source: ScenarioSource;
}

export interface ScenarioFault {
  /** Unique in the scenario. */
  readonly name: string;
  /** As the file has it: repetitions of one fault share it. */
  readonly family: string;
  /** Which of the file's faults it is, from 0. */
  readonly place: number;
  readonly fault: string;
  /** From the start of the faults phase; 0 where it waits for something. */
  readonly atMs: number;
  /** What it waits for in place of a time; null = nothing. */
  readonly when: WhenSection | null;
  /** 0 for a fault that does not last. */
  readonly durationMs: number;
  /** It goes on beyond the faults phase, until the others have converged without it. */
  readonly outlasts: boolean;
  /** What the fault's own schema made of the other keys. */
  readonly keys: Readonly<Record<string, unknown>>;
}

/** Keys and list positions, outermost first: `["faults", 2, "groups"]`. */
export type DocumentPath = readonly (string | number)[];

/** The text behind a scenario, for messages that point at it. */
export interface ScenarioSource {
  readonly file: string;
  /** A problem at this place of the text (or at the `--set` that wrote it). */
  problem(path: DocumentPath, message: string): Problem;
  /** False where the value is a default. */
  given(path: DocumentPath): boolean;
}

export interface Problem {
  /** `file:line:column`, or the `--set` that brought it in. */
  readonly where: string;
  /** `faults[2].groups`; empty = the whole file. */
  readonly path: string;
  readonly message: string;
}

/** Bad input: everything that is wrong with a scenario, at once. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map(formatProblem).join("\n"), options);
    this.problems = problems;
  }
}

function formatProblem({ where, path, message }: Problem): string {
  // What the file says is quoted to a terminal.
  return printable([where, path, message].filter((part) => part !== "").join(": "));
}

/** `faults[2].groups` */
export function formatPath(path: DocumentPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const key = /^[\w-]+$/.test(part) ? part : JSON.stringify(part);
    return text === "" ? key : `${text}.${key}`;
  }, "");
}
