/**
 * An image by its digest, which only a registry gives it: Debian's `docker-registry` on loopback
 * takes Toxiproxy's image, and a run asks for exactly that one.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { expect, test } from "vitest";
import { spawnTethered } from "../../faults/injectors/tether.ts";
import { waitFor } from "../drivers/clock.ts";
import { claimAddress } from "../drivers/local/addresses.ts";
import { toxiproxyImage } from "./image-names.ts";

const docker = new Docker();
const READY_MS = 20_000;

class Registry implements AsyncDisposable {
  readonly address: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "bft-chaos-registry-"));
  readonly #claimed: Awaited<ReturnType<typeof claimAddress>>;
  readonly #child: ReturnType<typeof spawnTethered>;

  private constructor(claimed: Awaited<ReturnType<typeof claimAddress>>) {
    this.#claimed = claimed;
    this.address = `${claimed.host}:${claimed.basePort}`;
    const config = join(this.#folder, "config.yml");
    const storage = `storage: { filesystem: { rootdirectory: ${this.#folder} } }`;
    writeFileSync(config, `version: 0.1\n${storage}\nhttp: { addr: "${this.address}" }\n`);
    this.#child = spawnTethered("docker-registry", ["serve", config], { stdio: "ignore" });
  }

  static async start(): Promise<Registry> {
    const registry = new Registry(await claimAddress(1));
    const probe = async () => {
      const answer = await fetch(`http://${registry.address}/v2/`).catch(String);
      return typeof answer === "string" ? { saw: answer } : { found: true };
    };
    await waitFor(probe, { what: "the registry", deadlineMs: READY_MS });
    return registry;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill();
    await ended;
    await this.#claimed.release();
    rmSync(this.#folder, { recursive: true });
  }
}

const stepsOf = (stream: NodeJS.ReadableStream) =>
  new Promise<readonly { readonly aux?: { readonly Digest?: string } }[]>((resolve, reject) =>
    docker.modem.followProgress(stream, (error, output) =>
      error === null ? resolve(output) : reject(error),
    ),
  );

/** @returns the reference by digest, under which the engine has fetched it again */
async function pushed(image: string, repository: string): Promise<string> {
  await docker.getImage(image).tag({ repo: repository, tag: "tried" });
  const tagged = docker.getImage(`${repository}:tried`);
  const steps = await stepsOf(await tagged.push({ authconfig: {} }));
  await tagged.remove();
  const digest = steps.find(({ aux }) => aux?.Digest !== undefined)?.aux?.Digest;
  if (digest === undefined) throw new Error(`no digest in ${JSON.stringify(steps)}`);
  const reference = `${repository}@${digest}`;
  await stepsOf(await docker.pull(reference));
  return reference;
}

async function bftChaos(environment: NodeJS.ProcessEnv, ...args: readonly string[]) {
  const program = join(import.meta.dirname, "..", "cli", "main.ts");
  const env = { ...process.env, ...environment };
  const child = spawnTethered(process.execPath, [program, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout?.on("data", (part: Buffer) => (said += part.toString()));
  child.stderr?.on("data", (part: Buffer) => (said += part.toString()));
  await once(child, "close");
  return { code: child.exitCode, said };
}

test("a run takes an image by the digest that a registry gave it, and no other one", async () => {
  await using registry = await Registry.start();
  const out = mkdtempSync(join(tmpdir(), "bft-chaos-test-"));
  const reference = await pushed(toxiproxyImage({}), `${registry.address}/toxiproxy`);
  try {
    const scenario = join(import.meta.dirname, "..", "..", "scenarios", "smoke", "no-fault.yaml");
    const run = ["run", scenario, "--driver", "docker", "--out", out, "--set", "phases.faults=1s"];
    const more = ["--set", "expect.shed=100%", "--set", "expect.minOperations=1"];
    const taken = await bftChaos({ BFT_TOXIPROXY_IMAGE: reference }, ...run, ...more);
    expect(taken.said).toContain("PASS");
    expect(taken.code).toBe(0);
    const other = `${reference.slice(0, -64)}${"0".repeat(64)}`;
    const refused = await bftChaos({ BFT_TOXIPROXY_IMAGE: other }, ...run, ...more);
    expect(refused.code).toBe(255);
    expect(refused.said).toContain(other);
  } finally {
    await docker.getImage(reference).remove();
    rmSync(out, { recursive: true });
  }
});
