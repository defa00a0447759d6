/** Against an engine of containers that has the images: `npx bft-chaos images build` before. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EXIT } from "../../nodes/runtime/exit-codes.ts";
import { pack } from "./context.ts";
import { ImageEngine } from "./image-engine.ts";
import { harnessImage, nodeImage, toxiproxyImage } from "./image-names.ts";

const docker = new Docker();
const engine = new ImageEngine();
const NAME = "bft-chaos/test:torn";
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-test-"));
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if ((await engine.idOf(NAME)) !== null) await docker.getImage(NAME).remove();
});

/** As tight as it can be had. */
async function runIn(image: string, command: readonly string[]): Promise<[number, string]> {
  let said = "";
  const out = new Writable({
    write(part: Buffer, _encoding, done) {
      said += part.toString();
      done();
    },
  });
  const [{ StatusCode: code }, container] = (await docker.run(image, [...command], out, {
    Tty: true,
    HostConfig: {
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Init: true,
      NetworkMode: "none",
    },
  })) as [{ StatusCode: number }, Docker.Container];
  await container.remove();
  return [code, said];
}

test.each(["nodes/main.ts", "faults/byzantine/main.ts"])(
  "%s starts without root, capabilities and a file system to write to",
  async (program) => {
    const [code, said] = await runIn(nodeImage(process.env), ["node", program]);
    expect(said).toContain("usage: node main.ts <config.json>");
    expect(code).toBe(EXIT.configuration);
  },
);

test("a replica owns the folders of its data and its keys, and nobody else can look into them", async () => {
  const look = ["stat", "--format=%u:%g %a %n", "/data", "/keys"];
  const [code, said] = await runIn(nodeImage(process.env), look);
  expect(said.split(/\r?\n/)).toEqual(["10001:10001 700 /data", "10001:10001 700 /keys", ""]);
  expect(code).toBe(0);
});

test("neither the tests nor what only a harness needs is in the replicas' image", async () => {
  const [, said] = await runIn(nodeImage(process.env), ["find", "/app", "-type", "f"]);
  expect(said).toContain("/app/nodes/runtime/replica.ts");
  expect(said).not.toMatch(/\.test\.ts|echarts|dockerode|\/app\/harness\//);
});

test("Toxiproxy's image has the official one's programs", async () => {
  expect((await runIn(toxiproxyImage(process.env), ["-version"]))[0]).toBe(0);
  const { Config } = await docker.getImage(toxiproxyImage(process.env)).inspect();
  expect(Config.Entrypoint).toEqual(["/toxiproxy"]);
  expect(Config.User).toBe("10001:10001");
});

test("the harness in its image knows its scenarios", async () => {
  const [code, said] = await runIn(harnessImage(process.env), ["list", "scenarios"]);
  expect(said).toContain("primary-crash-restart");
  expect(code).toBe(0);
});

test("an image that was made from the same files is not made again, a failed build moves no tag", async () => {
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
  const packed = () => pack({ root: folder, paths: [] }, ["Dockerfile"]);
  const archive = () => Readable.from([packed()]);
  const recipe = { name: NAME, dockerfile: "Dockerfile", arguments: {}, archive };
  const first = await engine.build({ ...recipe, digest: "1" });
  expect(await engine.build({ ...recipe, digest: "1" })).toEqual({ ...first, isNew: false });

  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\nCOPY gone /\n");
  await expect(engine.build({ ...recipe, digest: "2" })).rejects.toThrow(`${NAME} was not built`);
  const torn = () => Readable.from([packed().subarray(0, 520)]);
  await expect(engine.build({ ...recipe, digest: "3", archive: torn })).rejects.toThrow("EOF");
  expect(await engine.idOf(NAME)).toBe(first.id);
});
