/** What each mishap does to the cluster. */

import { BURSTS } from "./bursts.ts";
import type { MemoryHost } from "./memory-host.ts";
import type { Dialler, Mishap } from "./mishap.ts";
import type { ReplicaLife } from "./replica-life.ts";
import { CLUSTER_ID, EPOCH, type RuntimeCluster } from "./runtime-cluster.ts";
import { comeAsStranger } from "./strangers.ts";
import { leaveTail } from "./torn-tail.ts";

/** Who is told to stop has gone by then. */
const STOPS_MS = 10;
/** What has come by now, late, is looked at. */
const SAID_MS = 40;

type Acts = {
  readonly [Kind in Mishap["kind"]]: (
    cluster: RuntimeCluster,
    mishap: Extract<Mishap, { readonly kind: Kind }>,
  ) => void;
};

const acts: Acts = {
  kill: (cluster, { host, downMs }) => {
    const life = lifeOf(cluster, host);
    life.kill();
    again(cluster, life, downMs);
  },
  stop: (cluster, { host, downMs }) => {
    const life = lifeOf(cluster, host);
    life.stop(() => again(cluster, life, downMs + STOPS_MS));
  },
  "power-cut": (cluster, { host, downMs }) => {
    for (const life of cluster.lives) {
      if (host === null || life.id === host) cutPower(cluster, life, downMs);
    }
  },
  "power-cut-at": (cluster, { host, step, count, downMs }) => {
    const life = lifeOf(cluster, host);
    let left = count;
    const watch = (machine: MemoryHost, done: string): void => {
      if (machine !== life.host || done !== step) return;
      left -= 1;
      if (left > 0) return;
      cluster.diskWatch.delete(watch);
      cutPower(cluster, life, downMs);
    };
    cluster.diskWatch.add(watch);
  },
  flip: (cluster, { host, at, againMs }) => {
    const life = lifeOf(cluster, host);
    if (!endFor(life, false)) return;
    life.spoil(() => flip(life.host, at));
    tryAgain(cluster, life, againMs);
  },
  "lose-file": (cluster, { host, file, cut, againMs }) => {
    const life = lifeOf(cluster, host);
    if (!endFor(life, cut)) return;
    life.spoil(() => lose(life.host, file));
    tryAgain(cluster, life, againMs);
  },
  "foreign-log": (cluster, { host, other, againMs }) => {
    const [life, owner] = [lifeOf(cluster, host), lifeOf(cluster, other)];
    if (!endFor(life, false)) return;
    const copy = owner.host.disk.copyOf(owner.host.dataFolder);
    const named = new Map(
      [...copy].map(([path, bytes]) => [path.replace(owner.host.name, life.host.name), bytes]),
    );
    life.spoil(() => life.host.disk.putBack(life.host.dataFolder, named));
    tryAgain(cluster, life, againMs);
  },
  "torn-tail": (cluster, mishap) => {
    const life = lifeOf(cluster, mishap.host);
    if (!endFor(life, false)) return;
    leaveTail(life.host, mishap);
    again(cluster, life, 5);
  },
  "slow-disk": (cluster, { host, forMs, ms }) => {
    const { weather } = lifeOf(cluster, host).host;
    later(cluster, forMs, weather.syncMs.set(ms));
  },
  "stalled-disk": (cluster, { host, forMs }) => {
    const { weather } = lifeOf(cluster, host).host;
    weather.stalledUntilMs = Math.max(weather.stalledUntilMs, cluster.world.nowMs + forMs);
  },
  "failing-sync": (cluster, { host, downMs, cut }) => {
    const life = lifeOf(cluster, host);
    life.trouble();
    life.host.weather.failingSyncs = 1;
    later(cluster, downMs + 40, () => {
      life.host.weather.failingSyncs = 0;
      life.start();
    });
    if (cut) later(cluster, downMs + 90, () => cutPower(cluster, life, downMs));
  },
  "failing-write": (cluster, { host, downMs }) => {
    const life = lifeOf(cluster, host);
    life.trouble();
    life.host.weather.failingWrites = 1;
    later(cluster, downMs + 40, () => {
      life.host.weather.failingWrites = 0;
      life.start();
    });
  },
  "full-disk": (cluster, { host, forMs, bytes }) => {
    const life = lifeOf(cluster, host);
    life.trouble();
    life.host.weather.freeBytes = bytes;
    later(cluster, forMs, () => {
      life.host.weather.freeBytes = Number.POSITIVE_INFINITY;
      life.start();
    });
  },
  "short-writes": (cluster, { host, forMs }) => {
    const { weather } = lifeOf(cluster, host).host;
    weather.isShort = true;
    later(cluster, forMs, () => {
      weather.isShort = false;
    });
  },
  "no-descriptors": (cluster, { host, forMs }) => {
    const { isUp, host: machine } = lifeOf(cluster, host);
    if (!isUp || machine.process === null) return;
    later(cluster, forMs, machine.descriptors.set(machine.process.descriptors));
  },
  link: (cluster, { host, other, state, forMs }) => {
    const [from, to] = [diallerName(cluster, host), nameOf(cluster, other)];
    cluster.network.change(from, to, state);
    later(cluster, forMs, () => cluster.network.change(from, to, "up"));
  },
  reset: (cluster, { host, other }) => {
    cluster.network.reset(diallerName(cluster, host), nameOf(cluster, other));
  },
  "slow-link": (cluster, { host, other, forMs }) => {
    const link = cluster.network.link(diallerName(cluster, host), nameOf(cluster, other));
    later(cluster, forMs, link.bytesPerMs.set(50));
  },
  stuck: (cluster, { host, other, of, count, forMs, lingersMs, dies }) => {
    const [from, to] = [diallerName(cluster, host), nameOf(cluster, other)];
    const [who, hears] = of === "dialler" ? [host, other] : [other, host];
    const onStuck = (): void => {
      // At the earliest when it has done with speaking.
      if (dies !== null) later(cluster, dies.afterMs, () => diesFor(cluster, who, dies.downMs));
      if (hears !== "clients")
        later(cluster, forMs + SAID_MS, () => void cluster.ask(hears, false));
    };
    cluster.wire.holdUps.push({ from, to, of, count, forMs, lingersMs, onStuck });
    cluster.network.reset(from, to);
  },
  "clients-again": (cluster, { by, downMs }) => {
    const { clients } = cluster;
    if (by === "kill") clients.kill();
    else if (by === "power-cut") clients.powerCut();
    else clients.stop();
    later(cluster, downMs + STOPS_MS, () => clients.start());
  },
  tamper: (cluster, { host, other, way, of, at }) => {
    const [from, to] = [nameOf(cluster, host), nameOf(cluster, other)];
    if (cluster.isCoded) cluster.wire.tamperings.push({ from, to, way, of, at });
  },
  stranger: (cluster, { host, as, who }) => {
    const to = nameOf(cluster, host);
    const { judge, strangers, wire } = cluster;
    const recorded = () => wire.recorded.get(`${nameOf(cluster, as)} ${to}`) ?? [];
    const dialled = lifeOf(cluster, host).host;
    const ids = { clusterId: CLUSTER_ID, epoch: EPOCH };
    const world = { host: strangers, judge, ...ids, recorded, dialled };
    comeAsStranger(who, world, { to, toId: host, as });
  },
  burst: (cluster, { host, other, of }) => {
    const link = cluster.network.link(nameOf(cluster, host), nameOf(cluster, other));
    // A day of small pieces would show no more.
    Object.assign(link, { windowBytes: 1024 * 1024, pieceBytesMax: 64 * 1024 });
    link.delayMs = { least: 0.1, most: 0.5 };
    cluster.order(host, { ...BURSTS[of], to: other });
  },
};

export function comeToGrief(cluster: RuntimeCluster, mishap: Mishap): void {
  const act = acts[mishap.kind] as (cluster: RuntimeCluster, mishap: Mishap) => void;
  act(cluster, mishap);
}

function lifeOf({ lives }: RuntimeCluster, id: number): ReplicaLife {
  const life = lives[id];
  if (life === undefined) throw new RangeError(`there is no replica ${id}`);
  return life;
}

function nameOf(cluster: RuntimeCluster, id: number): string {
  return lifeOf(cluster, id).host.name;
}

function diallerName(cluster: RuntimeCluster, dialler: Dialler): string {
  return dialler === "clients" ? cluster.clients.host.name : nameOf(cluster, dialler);
}

function diesFor(cluster: RuntimeCluster, who: Dialler, downMs: number): void {
  const life = who === "clients" ? cluster.clients : lifeOf(cluster, who);
  life.kill();
  later(cluster, downMs, () => life.start());
}

function later({ world }: RuntimeCluster, ms: number, action: () => void): void {
  world.after(ms, null, action);
}

function again(cluster: RuntimeCluster, life: ReplicaLife, ms: number): void {
  later(cluster, ms, () => life.start());
}

/** With what was spoilt, with what was put back if it refused that, and once more. */
function tryAgain(cluster: RuntimeCluster, life: ReplicaLife, againMs: number): void {
  again(cluster, life, 5);
  again(cluster, life, 60);
  later(cluster, againMs, () => life.kill());
  again(cluster, life, againMs + 5);
}

function cutPower(cluster: RuntimeCluster, life: ReplicaLife, downMs: number): void {
  life.powerCut();
  again(cluster, life, downMs);
}

/** Files are spoilt while nobody has them open. @returns false if it does not run */
function endFor(life: ReplicaLife, isCut: boolean): boolean {
  if (!life.isUp) return false;
  if (isCut) life.powerCut();
  else life.kill();
  return true;
}

function logFiles({ disk, dataFolder }: MemoryHost): readonly string[] {
  return [...disk.copyOf(dataFolder).keys()].filter((path) => !path.endsWith("boot"));
}

/**
 * All is on the disk by then: a power cut at the same moment may take the mark's last words with
 * it, and then a bit that turned over in the last block looks like a torn tail (log.md).
 */
function flip(host: MemoryHost, at: number): void {
  const paths = logFiles(host);
  for (const path of paths) host.disk.find(path)?.spoil((bytes) => bytes);
  const path = host.world.random.pick(paths);
  host.disk.find(path)?.spoil((bytes) => {
    const place = Math.floor(at * bytes.length);
    const flipped = Buffer.from(bytes);
    if (flipped.length > 0) {
      flipped[place] = (flipped[place] ?? 0) ^ (1 << host.world.random.integer(0, 7));
    }
    return flipped;
  });
}

function lose(host: MemoryHost, what: "mark" | "segment" | "all"): void {
  for (const path of logFiles(host)) {
    const isMark = path.endsWith(".synced");
    const isLost = what === "all" || isMark === (what === "mark");
    if (isLost) host.disk.remove(path);
  }
  host.disk.syncFolder(host.dataFolder);
}
