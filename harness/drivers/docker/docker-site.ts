/**
 * An engine of containers on this machine: networks of the run's own, a temp folder, and a reaper
 * outside.
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { nodeImage, toxiproxyImage } from "../../images/image-names.ts";
import type { Plan } from "../../plan/plan.ts";
import { type Probe, waitFor } from "../clock.ts";
import { DriverError, OVERTIME_MS, type RunContext } from "../driver.ts";
import { programBeside } from "../processes/code.ts";
import { residueOf, runFolder } from "../processes/machine-litter.ts";
import { thisOwner } from "../processes/owner.ts";
import type { Placed, Site } from "../processes/process-run.ts";
import { Reaper } from "../processes/reaper.ts";
import { sweepRun } from "../processes/sweep.ts";
import {
  type DockerLayout,
  gatewayOf,
  layOut,
  networksFor,
  type WantedNetwork,
} from "./docker-layout.ts";
import { DockerPlatform, type Images } from "./docker-platform.ts";
import { Engine } from "./engine.ts";
import { leftAt, litterAt } from "./engine-litter.ts";
import { labelsOf, nameIn } from "./labels.ts";
import { freeSubnet, parseSubnet, poolsOf, routedSubnets, type Subnet } from "./subnets.ts";

interface PlacedInContainers extends Placed {
  readonly layout: DockerLayout;
}

type Context = Pick<RunContext, "runId" | "store" | "mutantFolders">;

/** For making and removing what a run needs, beside its phases and its overtime. */
const MARGIN_MS = 600_000;
const SUBNETS_TRIED = 16;
const ROUTES_MS = 3_000;
/** For an engine that is busy with what it shall remove. */
const CLOSE_MS = 30_000;

export class DockerSite implements Site {
  readonly #plan: Plan;
  readonly #context: Context;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #folder: string;
  #reaper: Reaper | null = null;
  #engine: Engine | null = null;

  constructor(plan: Plan, context: Context) {
    const owner = thisOwner();
    const { warmupMs, faultsMs, quietMs } = plan.phases;
    const expiresMs = Date.now() + warmupMs + faultsMs + quietMs + OVERTIME_MS + MARGIN_MS;
    this.#plan = plan;
    this.#context = context;
    this.#labels = labelsOf({ runId: context.runId, owner, expiresMs });
    this.#folder = runFolder(context.runId, owner);
  }

  async guard(note: (why: string) => void): Promise<void> {
    this.#reaper = await Reaper.start({
      runId: this.#context.runId,
      program: programBeside(import.meta.url, "reaper-main"),
      onReplaced: note,
    });
  }

  async open(onFailure: (error: Error) => void): Promise<PlacedInContainers> {
    const { store, runId, mutantFolders } = this.#context;
    const engine = await Engine.connect();
    this.#engine = engine;
    const images = await imagesOf(engine);
    mkdirSync(this.#folder, { mode: 0o700 });
    const subnets = await this.#makeNetworks(engine);
    const layout = layOut(this.#plan, subnets);
    const platform = new DockerPlatform({
      plan: this.#plan,
      store,
      engine,
      layout,
      images: images.names,
      versions: { docker: await engine.version(), ...images.ids },
      labels: this.#labels,
      nameOf: (part) => nameIn(runId, part),
      mutantFolders,
      folder: this.#folder,
      onFailure,
    });
    return { layout, platform };
  }

  async close(): Promise<void> {
    try {
      const engine = this.#engine;
      const litters = engine ? [litterAt(() => Promise.resolve(engine))] : [];
      await sweepRun(this.#context.runId, litters, { calmMs: 0, deadlineMs: CLOSE_MS });
    } finally {
      this.#engine?.stopWaiting();
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  async residue(): Promise<readonly string[]> {
    const { runId } = this.#context;
    const engine = this.#engine;
    const left = engine ? leftAt(engine, runId).catch(unknownResidue) : [];
    return [...residueOf(runId), ...(await left)];
  }

  async unguard(): Promise<void> {
    await this.#reaper?.standDown();
  }

  async #makeNetworks(engine: Engine): Promise<ReadonlyMap<string, Subnet>> {
    const pools = poolsOf(process.env);
    const taken = [
      ...(await engine.subnets()).flatMap((text) => (text.includes(":") ? [] : parseSubnet(text))),
      ...routesOfThisMachine(),
    ];
    const made = new Map<string, Subnet>();
    for (const wanted of networksFor(this.#plan)) {
      const subnet = await this.#makeNetwork(engine, wanted, { pools, taken });
      taken.push(subnet);
      made.set(wanted.part, subnet);
    }
    await sharesThisMachine([...made.values()]);
    return made;
  }

  /** Somebody may take what was free a moment ago: then it is drawn again. */
  async #makeNetwork(
    engine: Engine,
    { part, bits }: WantedNetwork,
    { pools, taken }: { readonly pools: readonly Subnet[]; readonly taken: Subnet[] },
  ): Promise<Subnet> {
    const name = nameIn(this.#context.runId, part);
    for (let tried = 0; tried < SUBNETS_TRIED; tried++) {
      const subnet = freeSubnet(bits, { pools, taken });
      const gateway = gatewayOf(subnet);
      if (await engine.createNetwork({ name, subnet, gateway, labels: this.#labels })) {
        return subnet;
      }
      taken.push(subnet);
    }
    throw new DriverError("NO_SUBNETS", `${SUBNETS_TRIED} subnets were taken by others meanwhile`);
  }
}

interface FoundImages {
  readonly names: Images;
  readonly ids: Readonly<Record<string, string>>;
}

/** @throws {DriverError} NO_IMAGE, with the command that makes it */
async function imagesOf(engine: Engine): Promise<FoundImages> {
  const isOurs = !process.env["BFT_NODE_IMAGE"];
  const names = { node: nodeImage(process.env), toxiproxy: toxiproxyImage(process.env), isOurs };
  const [node, toxiproxy] = await Promise.all([
    idOf(engine, names.node),
    idOf(engine, names.toxiproxy),
  ]);
  const ids = {
    "image of replicas": `${names.node} (${node})`,
    toxiproxy: `${names.toxiproxy} (${toxiproxy})`,
  };
  return { names, ids };
}

async function idOf(engine: Engine, name: string): Promise<string> {
  const id = await engine.imageId(name);
  if (id) return id;
  const mend = "npx bft-chaos images build makes ours";
  throw new DriverError("NO_IMAGE", `the engine has no image ${name}: ${mend}`);
}

/**
 * Where ways to the networks appear on this machine, their containers can be asked from here, and
 * their clocks are this machine's: what is measured between two of them can be compared.
 * @throws {DriverError} ENGINE_ELSEWHERE
 */
async function sharesThisMachine(subnets: readonly Subnet[]): Promise<void> {
  const look = (): Probe<true> => {
    const routed = routesOfThisMachine().map(({ text }) => text);
    const missing = subnets.filter(({ text }) => !routed.includes(text));
    return missing.length === 0 ? { found: true } : { saw: `no way to ${missing[0]?.text}` };
  };
  const what = "the engine's networks to appear on this machine";
  await waitFor(look, { what, deadlineMs: ROUTES_MS }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DriverError(
      "ENGINE_ELSEWHERE",
      `the engine is on another machine, or in a network of its own (${why}): clocks cannot be compared`,
      { cause },
    );
  });
}

function routesOfThisMachine(): readonly Subnet[] {
  return routedSubnets(readFileSync("/proc/net/route", "utf8"));
}

function unknownResidue(error: unknown): readonly string[] {
  const why = error instanceof Error ? error.message : String(error);
  return [`whatever the engine still has of it: ${why}`];
}
