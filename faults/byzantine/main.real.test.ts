/** The second executable as a real process: switched on and off over stdin, lying over TCP. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ClientHost } from "../../nodes/client/client-host.ts";
import type { Operation } from "../../nodes/protocols/contract/service.ts";
import { unreplicated } from "../../nodes/protocols/unreplicated/unreplicated.ts";
import type { ClusterLayout } from "../../nodes/runtime/cluster.fixture.ts";
import { layOut } from "../../nodes/runtime/cluster.fixture.ts";
import { EXIT } from "../../nodes/runtime/exit-codes.ts";
import { kv } from "../../nodes/services/kv.ts";
import type { BehaviourState } from "../link-state.ts";
import { switchLine } from "./switch-line.ts";

const SIZES = { argumentBytes: 0, resultBytes: 0 };
const lying: readonly BehaviourState[] = [{ behaviour: "wrong-reply", parameters: {} }];

let layout: ClusterLayout;
let child: ChildProcess;
let lines: AsyncIterator<string>;

beforeEach(async () => {
  layout = layOut({ protocol: "unreplicated", replicas: 1, service: "kv" });
  const config = join(layout.folder, "r0.json");
  await writeFile(config, JSON.stringify(layout.replicas[0]));
  const program = new URL("main.ts", import.meta.url).pathname;
  child = spawn(process.execPath, [program, config]);
  if (child.stdout === null) throw new Error("stdout is a pipe");
  lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
});

afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  layout.remove();
});

async function said(): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error("it ended without a word");
  return JSON.parse(value);
}

async function switchTo(states: readonly BehaviourState[]): Promise<unknown> {
  child.stdin?.write(switchLine(states));
  return said();
}

test("it starts honest, lies while it is switched on, and is honest again afterwards", async () => {
  expect(await said()).toMatchObject({ ready: true, replica: 0 });
  const host = new ClientHost(layout.client, unreplicated);
  const ask = (operation: Operation) =>
    new Promise((resolve) => {
      host.invoke(1, kv.encode(operation, SIZES), (completion) => {
        const result = completion.outcome === "ok" ? completion.result : null;
        resolve(result === null ? "no answer" : kv.decode(operation, result)?.value);
      });
    });
  const read = { f: "read", key: "k" } as const;

  await ask({ f: "write", key: "k", value: "one" });
  expect(await ask(read)).toBe("one");
  // One client and no quorum: it believes whatever it is told.
  expect(await switchTo(lying)).toEqual({ behaviours: ["wrong-reply"] });
  const lies = [
    await ask(read),
    await ask({ f: "write", key: "k", value: "two" }),
    await ask(read),
  ];
  expect(lies.at(-1)).not.toBe("two");
  expect(await switchTo([])).toEqual({ behaviours: [] });
  expect(await ask(read)).toBe("two");
  host.close();
});

test("a line that names no behaviour ends it with a message, not with silence", async () => {
  expect(await said()).toMatchObject({ ready: true });
  const errors: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  child.stdin?.write(switchLine([{ behaviour: "nice", parameters: {} }]));
  const [code] = (await once(child, "close")) as [number];
  expect(code).toBe(EXIT.configuration);
  expect(errors.join("")).toContain("there is no behaviour nice");
});
