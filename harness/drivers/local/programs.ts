/** Which code the processes of a run are made of: honest, able to lie, or with a planted bug. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Endpoint } from "../../../faults/fault.ts";
import type { Plan } from "../../plan/plan.ts";
import type { ClientCode } from "../processes/client-messages.ts";
import { CODE_ENDING, programBeside } from "../processes/code.ts";
import { plantedCopy } from "../processes/planted-copy.ts";
import { possibleLiars } from "../processes/possible-liars.ts";

const PROJECT = fileURLToPath(new URL("../../../", import.meta.url));

export interface Programs {
  /** The program of the client host, and what its clients are made of. */
  readonly clientHost: string;
  readonly clientCode: ClientCode;
  /** The program of this replica: it is honest as long as it is not told otherwise. */
  replica(name: Endpoint): string;
}

export interface ProgramOptions {
  readonly plan: Plan;
  readonly mutantFolders: readonly string[];
  /** The temp folder of the run, where a changed copy goes. */
  readonly folder: string;
}

export function programsFor({ plan, mutantFolders, folder }: ProgramOptions): Programs {
  const { mutant } = plan.cluster;
  const project =
    mutant === null
      ? PROJECT
      : plantedCopy(mutant, { mutantFolders, folder: join(folder, "planted") });
  // A planted bug is text in the source, and its copy lies where Node strips the types.
  const ending = mutant === null ? CODE_ENDING : ".ts";
  const file = (...parts: readonly string[]) => `${join(project, ...parts)}${ending}`;
  const liars = possibleLiars(plan);
  return {
    clientHost: programBeside(import.meta.url, "../processes/client-host-main"),
    clientCode: {
      clientHost: file("nodes", "client", "client-host"),
      registry: file("nodes", "registry"),
    },
    replica: (name) =>
      liars.has(name) ? file("faults", "byzantine", "main") : file("nodes", "main"),
  };
}
