/** A replica process under test: started, listened to, and killed when the test is over. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterParameters } from "../protocols/contract/protocol.ts";
import { layOut, until } from "./cluster.fixture.ts";

const ECHO_MAIN = new URL("echo-main.fixture.ts", import.meta.url).pathname;
export const MAIN = new URL("../main.ts", import.meta.url).pathname;

const cleanUps: (() => unknown)[] = [];

/** Undone in the opposite order by `cleanUp`. */
export function atEnd(undo: () => unknown): void {
  cleanUps.push(undo);
}

export async function cleanUp(): Promise<void> {
  for (const undo of cleanUps.splice(0).reverse()) await undo();
}

export class ReplicaUnderTest {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  exit: { code: number | null; signal: string | null } | null = null;

  constructor(argument: string, program = ECHO_MAIN) {
    this.child = spawn(process.execPath, [program, argument], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.child.on("close", (code, signal) => {
      this.exit = { code, signal };
    });
    atEnd(() => this.kill());
  }

  async ready(): Promise<this> {
    await until("it is ready or gone", () => this.stdout.includes("\n") || this.exit !== null);
    if (this.exit !== null) throw new Error(`it ended: ${this.stderr}`);
    return this;
  }

  async ended(): Promise<number | null> {
    await until("it has ended", () => this.exit !== null);
    return this.exit?.code ?? null;
  }

  async kill(): Promise<void> {
    if (this.exit !== null) return;
    const closed = once(this.child, "close");
    this.child.kill("SIGKILL");
    await closed;
  }
}

export function start(config: unknown, folder: string, program = ECHO_MAIN): ReplicaUnderTest {
  const { id } = config as { id: number };
  const path = join(folder, `r${id}.json`);
  writeFileSync(path, JSON.stringify(config));
  return new ReplicaUnderTest(path, program);
}

export function layOutOne(parameters: Partial<ClusterParameters> = {}) {
  const layout = layOut({ protocol: "echo", replicas: 1, parameters });
  atEnd(layout.remove);
  const [config] = layout.replicas;
  if (config === undefined) throw new Error("one replica");
  return { layout, config };
}
