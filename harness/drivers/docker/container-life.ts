/** One life of a container: attached to, started, and heard until it is over. */
import { constants } from "node:os";
import type { Duplex, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { withDeadline } from "../clock.ts";
import type { Ending } from "../processes/platform.ts";
import type { ContainerSight } from "./container-sight.ts";
import type { Engine } from "./engine.ts";

/** The same container starts as often as it is wanted, with the volumes that it had. */
export interface ContainerLife {
  /** Its pid as the engine's host counts. */
  readonly pid: number;
  readonly input: Writable;
  readonly over: Promise<Ending>;
}

export interface Sinks {
  readonly out: Writable;
  readonly err: Writable;
}

/** How long its last words may take after its end. */
const LAST_WORDS_MS = 2_000;
/** An exit code above that means a signal, by the shell's old custom, which init keeps. */
const SIGNALS_FROM = 128;

/** @throws {DriverError} ENGINE, where it cannot be started */
export async function begin(
  engine: Engine,
  container: string,
  sinks: Sinks,
): Promise<ContainerLife> {
  const streams = await engine.attach(container);
  // Reset when the engine goes away: the end of the container says what there is to say.
  streams.on("error", () => {});
  engine.demux(streams, sinks.out, sinks.err);
  const silent = finished(streams, { writable: false }).catch(() => {});
  try {
    await engine.start(container);
  } catch (error) {
    streams.destroy();
    throw error;
  }
  const { pid } = (await engine.inspect(container)) ?? { pid: 0 };
  return { pid, input: streams, over: ending(engine, container, { streams, silent, sinks }) };
}

interface Hearing {
  readonly streams: Duplex;
  readonly silent: Promise<void>;
  readonly sinks: Sinks;
}

async function ending(
  engine: Engine,
  container: string,
  { streams, silent, sinks }: Hearing,
): Promise<Ending> {
  let words: Ending;
  try {
    await engine.ended(container);
    words = endingOf(await engine.inspect(container));
  } catch (error) {
    const why = error instanceof Error ? error.message.trim() : String(error);
    words = { code: null, signal: null, words: `nothing more heard of it: ${why}` };
  }
  const last = { what: "its last words", deadlineMs: LAST_WORDS_MS };
  await withDeadline(silent, last).catch(() => {});
  streams.destroy();
  sinks.out.end();
  sinks.err.end();
  return words;
}

export function endingOf(sight: ContainerSight | null): Ending {
  if (sight === null) return { code: null, signal: "SIGKILL", words: "its removal" };
  const { exitCode, outOfMemory } = sight;
  const number = exitCode - SIGNALS_FROM;
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  if (signal === undefined) return { code: exitCode, signal: null, words: `exit code ${exitCode}` };
  const words = `signal ${signal}${outOfMemory ? ": its memory was used up" : ""}`;
  return { code: null, signal, words };
}
