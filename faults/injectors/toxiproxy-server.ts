/** One `toxiproxy-server` of our own: started, watched, started again, stopped. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { InjectorError } from "./injector-error.ts";
import type { ProcessIdentity } from "./signals.ts";
import { identify, kill } from "./signals.ts";
import { spawnTethered } from "./tether.ts";
import { ToxiproxyClient } from "./toxiproxy.ts";
import { until } from "./until.ts";

export interface ToxiproxyServerOptions {
  readonly binary: string;
  readonly host: string;
  /** Below the ephemeral range, and nobody else's. */
  readonly port: number;
  /** Everything the server says at level `warn` and above, appended. */
  readonly logFile: string;
  /** Beside our own environment: the mark by which the reaper knows its children. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ToxiproxyServer {
  readonly url: string;
  /** Another one after each restart. */
  readonly process: ProcessIdentity;
  /**
   * Resolves, with the reason, when the process is gone and neither `stop` nor `restart` ended it.
   */
  readonly died: Promise<string>;
  /** kill -9 and a new one on the same port, without proxies. The last cure for a wedged API. */
  restart(): Promise<void>;
  /**
   * Lines of its log that say bytes were cut out of the middle of a live stream: what replicas then
   * see as a broken frame is the injector's doing.
   */
  lostBytes(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const START_MS = 5_000;

interface Incarnation {
  readonly identity: ProcessIdentity;
  readonly exited: Promise<string>;
  /** Set before we end it ourselves. */
  wanted: boolean;
}

/** @throws {InjectorError} `toxiproxy-start`, if the port is taken or the server dies at once */
export async function startToxiproxyServer(
  options: ToxiproxyServerOptions,
): Promise<ToxiproxyServer> {
  const died = Promise.withResolvers<string>();
  const begin = async () => {
    const incarnation = await start(options);
    void incarnation.exited.then((why) => {
      if (incarnation.wanted) died.resolve(why);
    });
    return incarnation;
  };
  const end = async (incarnation: Incarnation) => {
    incarnation.wanted = false;
    // Not SIGTERM: it waits 30 s for handlers that a wedged proxy never lets go.
    await kill(incarnation.identity);
    await incarnation.exited;
  };
  let current = await begin();
  return {
    url: urlOf(options),
    get process() {
      return current.identity;
    },
    died: died.promise,
    async restart() {
      await end(current);
      current = await begin();
    },
    lostBytes: () => linesOfLoss(options.logFile),
    stop: () => end(current),
  };
}

async function start(options: ToxiproxyServerOptions): Promise<Incarnation> {
  const { host, port, binary } = options;
  await assertFree(host, port);
  const child = launch(options);
  const exited = exitOf(child);
  try {
    return { identity: await ready(child, options), exited, wanted: true };
  } catch (error) {
    child.kill("SIGKILL");
    await exited;
    const said = (await tailOf(options.logFile)) || "(nothing in its log)";
    const message = `${binary} did not start on ${host}:${port}: ${said}`;
    throw new InjectorError("toxiproxy-start", message, { cause: error });
  }
}

function urlOf({ host, port }: ToxiproxyServerOptions): string {
  return `http://${host}:${port}`;
}

function launch({ binary, host, port, logFile, env = {} }: ToxiproxyServerOptions): ChildProcess {
  const log = openSync(logFile, "a");
  try {
    return spawnTethered(binary, ["-host", host, "-port", String(port)], {
      env: { ...process.env, ...env, LOG_LEVEL: "warn" },
      stdio: ["ignore", log, log],
      // In a session of its own: Ctrl-C in the terminal is for the harness, which must still heal.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

async function exitOf(child: ChildProcess): Promise<string> {
  if (child.pid === undefined) return "it was never started";
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  return signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`;
}

/**
 * When the port is taken the server logs it and runs on without an API, and whoever has the port
 * may answer in its place. So it counts as ready only when *its* process holds the listening
 * socket.
 */
async function ready(
  child: ChildProcess,
  options: ToxiproxyServerOptions,
): Promise<ProcessIdentity> {
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  const api = new ToxiproxyClient(urlOf(options), 500);
  const started = until(
    async () => {
      const identity = child.pid === undefined ? null : await identify(child.pid);
      if (child.exitCode !== null || child.signalCode !== null || identity === null) {
        throw new Error("the process ended");
      }
      const answers = await api.version().then(
        () => true,
        () => false,
      );
      return answers && (await holdsPort(identity.pid, options)) ? identity : null;
    },
    { withinMs: START_MS, everyMs: 10 },
  );
  const identity = await Promise.race([started, failed]);
  if (identity === null) throw new Error(`no answer in ${START_MS} ms`);
  return identity;
}

async function assertFree(host: string, port: number): Promise<void> {
  const probe = createServer();
  probe.listen({ host, port, exclusive: true });
  try {
    await once(probe, "listening");
  } catch (cause) {
    const message = `port ${port} of ${host} is not free for toxiproxy-server`;
    throw new InjectorError("toxiproxy-start", message, { cause });
  }
  probe.close();
  await once(probe, "close");
}

interface ListeningSocket {
  readonly host: string;
  readonly port: number;
}

/** From /proc: does one of the process's sockets listen there? */
async function holdsPort(pid: number, { host, port }: ListeningSocket): Promise<boolean> {
  const address = host.split(".").map(Number).toReversed();
  const hex = Buffer.from(address).toString("hex").toUpperCase();
  const local = `${hex}:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const table = await readFile(`/proc/${pid}/net/tcp`, "utf8");
  const inodes = table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1] === local && fields[3] === "0A")
    .map((fields) => `socket:[${fields[9]}]`);
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(
    descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "")),
  );
  return links.some((link) => inodes.includes(link));
}

/** See `lostBytes`. */
export async function linesOfLoss(logFile: string): Promise<readonly string[]> {
  const log = await readFile(logFile, "utf8");
  return log.split("\n").filter((line) => line.includes("Could not write last packets"));
}

async function tailOf(logFile: string): Promise<string> {
  const log = await readFile(logFile, "utf8").catch(() => "");
  return log.trim().split("\n").slice(-3).join(" / ");
}
