/** What the containers of a run are started with: code of the image, and code that is brought. */
import { readdirSync, readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Endpoint } from "../../../faults/fault.ts";
import { isSource } from "../../../faults/mutant.ts";
import type { Plan } from "../../plan/plan.ts";
import { DriverError } from "../driver.ts";
import type { ClientCode } from "../processes/client-messages.ts";
import { possibleLiars } from "../processes/possible-liars.ts";
import { FOLDERS } from "./containers.ts";
import { packTar, type TarEntry } from "./tar.ts";

const PROJECT = fileURLToPath(new URL("../../../", import.meta.url));
const PLANTED = "planted";
/** What the client host needs, and no replica: the image does not have them. */
const PACKAGES = ["pure-rand"];

/** Paths inside the containers. */
export interface ContainerPrograms {
  readonly clientHost: string;
  readonly clientCode: ClientCode;
  readonly logCut: string;
  /** The program of this replica: it is honest as long as it is not told otherwise. */
  replica(name: Endpoint): string;
}

/**
 * The image holds the replicas. The client host and whatever else speaks the harness's language
 * come from this very harness; so does a copy with a planted bug.
 */
export function programsIn(plan: Plan): ContainerPrograms {
  const { mutant } = plan.cluster;
  const nodes = mutant === null ? FOLDERS.app : `${FOLDERS.code}/${PLANTED}`;
  const liars = possibleLiars(plan);
  return {
    clientHost: `${FOLDERS.code}/harness/drivers/processes/client-host-main.ts`,
    clientCode: {
      clientHost: `${nodes}/nodes/client/client-host.ts`,
      registry: `${nodes}/nodes/registry.ts`,
    },
    logCut: `${FOLDERS.code}/harness/drivers/docker/log-cut-main.ts`,
    replica: (name) => `${nodes}/${liars.has(name) ? "faults/byzantine" : "nodes"}/main.ts`,
  };
}

/** What of this clone the image is built from, as it lies there below `FOLDERS.app`. */
export function imageCode(): readonly TarEntry[] {
  return ["nodes", "faults"].flatMap((folder) =>
    filesIn(join(PROJECT, folder), `${folder}/`, isProgram).filter(({ path }) => isInImage(path)),
  );
}

/** The client for k6 is in Go, with types for editors beside it. */
function isInImage(path: string): boolean {
  return !path.endsWith(".d.ts") && !path.startsWith("nodes/client-k6/");
}

/**
 * The source of this harness, and of the planted copy if there is one: an archive for the folder
 * `FOLDERS.code`. Node strips the types there, wherever the harness itself was installed.
 */
export function programArchive(plantedCopy: string | null): Buffer {
  const own = ["nodes", "faults", "harness"].flatMap((folder) =>
    filesIn(join(PROJECT, folder), `${folder}/`, isProgram),
  );
  const planted =
    plantedCopy === null
      ? []
      : ["nodes", "faults"].flatMap((folder) =>
          filesIn(join(plantedCopy, folder), `${PLANTED}/${folder}/`, isProgram),
        );
  const packages = PACKAGES.flatMap((name) => {
    const found = findPackageJSON(name, import.meta.url);
    if (!found) throw new DriverError("FILES", `the package ${name} is not installed`);
    return filesIn(dirname(found), `node_modules/${name}/`, isCode);
  });
  return packTar([...own, ...planted, ...packages]);
}

function isProgram(name: string): boolean {
  return name.endsWith(".ts") && isSource(name);
}

function isCode(name: string): boolean {
  return /\.(js|json)$/.test(name);
}

function filesIn(
  folder: string,
  prefix: string,
  isWanted: (name: string) => boolean,
): readonly TarEntry[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isWanted(entry.name))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const inside = path.slice(folder.length + 1);
      return { path: `${prefix}${inside}`, mode: 0o644, owner: 0, content: readFileSync(path) };
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
