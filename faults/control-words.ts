import type { Control } from "./fault.ts";

/** What somebody must have a hold on who plays such a fault, for those who know no controls. */
const WORDS: Readonly<Record<Control, string>> = {
  network: "links",
  wire: "each single frame of a link",
  process: "the processes of replicas",
  disk: "the disks of replicas",
  state: "what a replica takes for its state",
  clock: "the clocks of replicas",
  cpu: "the CPU time of replicas",
  config: "the configuration of replicas",
  behaviour: "what a replica runs and says",
};

export function controlsText(controls: readonly Control[]): string {
  return `a hold on ${controls.map((control) => WORDS[control]).join(" and on ")}`;
}
