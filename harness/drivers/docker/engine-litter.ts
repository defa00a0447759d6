/** What runs leave at the engine: containers, networks and volumes that carry their label. */
import type { LeftRun, Litter } from "../litter.ts";
import { Engine, type Labelled } from "./engine.ts";
import { ownerStateOf, RUN_LABEL } from "./labels.ts";

const KINDS = [
  {
    // First, because they hold the other two.
    what: "container",
    list: (engine: Engine, label: string) => engine.containers(label),
    remove: (engine: Engine, id: string) => engine.removeContainer(id),
  },
  {
    what: "network",
    list: (engine: Engine, label: string) => engine.networks(label),
    remove: (engine: Engine, id: string) => engine.removeNetwork(id),
  },
  {
    what: "volume",
    list: (engine: Engine, label: string) => engine.volumes(label),
    remove: (engine: Engine, id: string) => engine.removeVolume(id),
  },
] as const;

/** @param connect null where there is no engine, and so nothing to be seen */
export function litterAt(connect: () => Promise<Engine | null>): Litter {
  return {
    async find() {
      const engine = await connect();
      const objects = engine ? (await listAll(engine, RUN_LABEL)).map(({ object }) => object) : [];
      return objects.map(
        ({ labels }): LeftRun => ({
          runId: labels[RUN_LABEL] ?? "",
          owner: ownerStateOf(labels, Date.now()),
        }),
      );
    },

    async residueOf(runId) {
      const engine = await connect();
      return engine ? leftAt(engine, runId) : [];
    },

    async remove(runId) {
      const engine = await connect();
      return engine ? removeFrom(engine, runId) : [];
    },
  };
}

export const engineLitter = litterAt(() => Engine.find());

/** What is left of one run, one line each; empty = clean. */
export async function leftAt(engine: Engine, runId: string): Promise<readonly string[]> {
  const all = await listAll(engine, `${RUN_LABEL}=${runId}`);
  return all.map(({ what, object }) => `${what} ${object.name}`);
}

/** @returns what was removed, one line each */
export async function removeFrom(engine: Engine, runId: string): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { what, list, remove } of KINDS) {
    const objects = await list(engine, `${RUN_LABEL}=${runId}`);
    const done = objects.map(async ({ id, name }) => {
      await remove(engine, id);
      removed.push(`${what} ${name}`);
    });
    await Promise.all(done);
  }
  return removed;
}

async function listAll(
  engine: Engine,
  label: string,
): Promise<readonly { readonly what: string; readonly object: Labelled }[]> {
  const lists = KINDS.map(async ({ what, list }) =>
    (await list(engine, label)).map((object) => ({ what, object })),
  );
  return (await Promise.all(lists)).flat();
}
