/** On pages about several runs: what machine and code they ran on, and how to have them again. */
import type { Child, Html } from "./markup.ts";
import { rerunCommand } from "./rerun.ts";
import { facts, section } from "./table.ts";

export interface Provenance {
  readonly host: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly rerun: string;
}

export function provenanceSection(
  { host, versions, rerun }: Provenance,
  more: readonly (readonly [name: string, value: Child])[],
): Html {
  const all = [...Object.entries(host), ...Object.entries(versions), ...more];
  return section("conditions", "Under what", facts(all), rerunCommand(rerun));
}
