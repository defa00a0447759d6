/** The folder of a night: its state on the disk, so that a killed one can be taken up again. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { stateOfOwner } from "../../drivers/processes/owner.ts";
import { RunStore } from "../../observations/store.ts";
import { NIGHT_FORMAT, type Night } from "../../reports/night/night.ts";
import { ScenarioError } from "../../scenario/scenario.ts";

const FOLDER = "nightly";
export const NIGHT_FILE = "night.json";

export function newNightFolder(root: string, id: string, startedAt: Date): RunStore {
  return RunStore.createEmpty({ root, scenario: FOLDER, id, startedAt });
}

export interface UnfinishedNight {
  readonly store: RunStore;
  readonly night: Night;
}

/**
 * The newest night below `root`.
 * @throws {ScenarioError} if there is none that somebody could take up
 */
export function unfinishedNight(root: string): UnfinishedNight {
  const folder = resolve(root, FOLDER, "latest");
  const file = join(folder, NIGHT_FILE);
  if (!existsSync(file)) throw refused(`there is no night in ${join(root, FOLDER)}`);
  const night = readNight(file);
  if (night.state === "over") throw refused(`the newest night (${folder}) is over`);
  if (stateOfOwner(night.owner) === "alive") {
    throw refused(`the newest night (${folder}) is still going on, in another process`);
  }
  // Not `latest`: that is another night's as soon as one begins.
  return { store: new RunStore(realpathSync(folder)), night };
}

/** Written by this program in one step, so it is whole; but another version may have written it. */
function readNight(file: string): Night {
  let night: Night;
  try {
    night = JSON.parse(readFileSync(file, "utf8")) as Night;
  } catch (error) {
    throw refused(`${file} cannot be read: ${(error as Error).message}`);
  }
  const format: number = night.format;
  if (format === NIGHT_FORMAT) return night;
  throw refused(`${file} has format ${format}; this version reads ${NIGHT_FORMAT}`);
}

function refused(message: string): ScenarioError {
  return new ScenarioError([{ where: "--resume", path: "", message }]);
}
