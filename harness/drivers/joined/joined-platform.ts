/** The members of a standing cluster, as processes that are there, and its Toxiproxy. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint } from "../../../faults/fault.ts";
import { InjectorError } from "../../../faults/injectors/injector-error.ts";
import { createLinkInjector, type LinkInjector } from "../../../faults/injectors/links.ts";
import { ToxiproxyClient } from "../../../faults/injectors/toxiproxy.ts";
import { FILES, type RunStore } from "../../observations/store.ts";
import type { Plan } from "../../plan/plan.ts";
import type { NamedBytes } from "../backups.ts";
import { CLIENT_HOST } from "../client-host.ts";
import { type Probe, waitFor } from "../clock.ts";
import { LocalProcess } from "../local/local-process.ts";
import type { Programs } from "../local/programs.ts";
import type { ClientHostFile } from "../processes/client-host-main.ts";
import type { Layout, PlacedLink } from "../processes/layout.ts";
import type { Platform, SpawnedProcess } from "../processes/platform.ts";
import { checkpointOffset, copySlice } from "./audit-slice.ts";
import { startAfresh } from "./fresh-start.ts";
import { JoinedReplica, outOfReach } from "./joined-replica.ts";
import { auditOf } from "./standing-cluster.ts";
import type { StandingCluster } from "./standing-files.ts";
import { CONTROL_URL, EVERYWHERE, proxyOf } from "./standing-layout.ts";

export interface JoinedPlatformOptions {
  readonly plan: Plan;
  readonly standing: StandingCluster;
  readonly layout: Layout;
  readonly programs: Programs;
  readonly store: RunStore;
  /** The temp folder of the run. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

const AUDIT_MS = 10_000;

export class JoinedPlatform implements Platform {
  readonly versions: Record<string, string> = {};
  readonly #options: JoinedPlatformOptions;
  #links: LinkInjector | null = null;
  /** Where each replica's part of the run begins in its audit log. */
  #begins: readonly (readonly [replica: number, offset: number])[] = [];

  constructor(options: JoinedPlatformOptions) {
    this.#options = options;
  }

  get links(): LinkInjector | null {
    return this.#links;
  }

  async start(): Promise<void> {
    const { plan, standing, layout } = this.#options;
    await this.#openLinks();
    const checkpoint = await startAfresh(plan, standing, layout);
    this.#begins = await Promise.all(
      layout.replicas.map(async ({ id }) => [id, await beginning(id, checkpoint)] as const),
    );
    this.#writeClientFile();
  }

  spawn(name: Endpoint): SpawnedProcess {
    const { layout, programs, folder, store, environment } = this.#options;
    const replica = layout.replicas.find((candidate) => candidate.name === name);
    if (replica) return new JoinedReplica(name, replica.http);
    return new LocalProcess({
      program: programs.clientHost,
      configFile: join(folder, `${name}.json`),
      stderrFile: store.path("logs", `${name}.stderr`),
      environment,
      quota: null,
    });
  }

  readDisk(replica: Endpoint): Promise<readonly NamedBytes[]> {
    return Promise.reject(outOfReach(replica));
  }

  cutLog(replica: Endpoint): Promise<string> {
    return Promise.reject(outOfReach(replica));
  }

  /** Its log is not to be had from here. */
  async lostBytes(): Promise<readonly string[]> {
    return [];
  }

  /** Everything open again, and nothing of the run's left in the cluster but its operations. */
  async stop(): Promise<void> {
    await this.#links?.apply(new Map(), () => ({ running: true, disturbances: 0 }));
    const { store } = this.#options;
    for (const [replica, offset] of this.#begins) {
      copySlice(auditOf(replica), offset, store.path(FILES.audit(replica)));
    }
  }

  /** A run that was killed may have left its faults: every proxy is made anew. */
  async #openLinks(): Promise<void> {
    const { layout } = this.#options;
    const client = new ToxiproxyClient(CONTROL_URL);
    this.versions["toxiproxy"] = await client.version();
    const everywhere = await wildcardOf(client, layout.links);
    const proxies = layout.links.map((link) => ({ ...link, ...proxyOf(link, everywhere) }));
    for (const { name } of proxies) {
      // Deleting a proxy that is enabled and wedged would hang.
      await client.setEnabled(name, false).catch(unlessMissing);
      await client.delete(name);
    }
    const restart = () =>
      Promise.reject(
        new InjectorError(
          "toxiproxy-wedged",
          "it hangs: docker compose restart toxiproxy mends it",
        ),
      );
    this.#links = createLinkInjector({ url: CONTROL_URL, restart });
    await this.#links.create(proxies);
  }

  #writeClientFile(): void {
    const { plan, standing, programs, store, folder } = this.#options;
    const { planned: _, ...client } = standing;
    const { service, parameters } = plan.cluster;
    const file: ClientHostFile = {
      client,
      service,
      workload: plan.workload,
      work: {
        code: programs.clientCode,
        historyFile: store.path(FILES.history),
        figuresEveryMs: parameters.timers.statusMs,
      },
      k6: null,
    };
    // Private keys are in it.
    writeFileSync(join(folder, `${CLIENT_HOST}.json`), JSON.stringify(file), { mode: 0o600 });
  }
}

/** Of the run, in the audit log of that replica. */
function beginning(replica: number, checkpoint: number): Promise<number> {
  const look = (): Probe<number> => {
    const offset = checkpointOffset(auditOf(replica), checkpoint);
    return offset === null ? { saw: "it is not there" } : { found: offset };
  };
  const what = `checkpoint ${checkpoint} in the audit log of r${replica}`;
  return waitFor(look, { what, deadlineMs: AUDIT_MS });
}

/** How the server says back that it listens everywhere: it depends on its kernel. */
async function wildcardOf(
  client: ToxiproxyClient,
  [first]: readonly PlacedLink[],
): Promise<string> {
  if (first === undefined) return EVERYWHERE;
  const { listen } = await client.read(first.name);
  return listen.slice(0, listen.lastIndexOf(":"));
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof InjectorError && error.code === "toxiproxy-refused")) throw error;
}
