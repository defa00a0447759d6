/** The images that runs and the compose file need, each from as few files as it can be. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import {
  type BuildContext,
  copiedBy,
  digestOf,
  filesOf,
  pack,
  productionPackages,
} from "./context.ts";
import { type BuiltImage, ImageEngine } from "./image-engine.ts";
import { DEBOOTSTRAP_IMAGE, harnessImage, nodeImage, toxiproxyImage } from "./image-names.ts";
import { type Fetching, provisionBase, provisionStaticToxiproxy } from "./materials.ts";

export interface ImageBuild extends Fetching {
  /** The folder of the clone. */
  readonly root: string;
  /** What the replicas' image stands on; null = made here by debootstrap. */
  readonly base: string | null;
  readonly onImage: (image: BuiltImage) => void;
}

/** As the official image has it. */
const TOXIPROXY_CHANGES = [
  "USER 10001:10001",
  "EXPOSE 8474",
  'ENTRYPOINT ["/toxiproxy"]',
  'CMD ["-host=0.0.0.0"]',
];

/** What `buildImages` needs from the network, but for a base that an engine fetches. */
export async function fetchMaterials(fetching: Fetching, withBase: boolean): Promise<void> {
  if (withBase) await provisionBase(fetching);
  await provisionStaticToxiproxy(fetching);
}

/** @throws {Error} with the last words of the engine or of what made the materials */
export async function buildImages(build: ImageBuild): Promise<void> {
  const { root, env, onImage } = build;
  const engine = new ImageEngine();
  await engine.greet();
  const base = build.base ?? (await importBase(engine, build));
  const node = await buildFrom(engine, {
    name: nodeImage(env),
    root,
    dockerfile: "nodes/Dockerfile",
    argument: ["BASE_IMAGE", base],
    packages: [],
  });
  onImage(node);
  onImage(await importToxiproxy(engine, build));
  const harness = await buildFrom(engine, {
    name: harnessImage(env),
    root,
    dockerfile: "harness/Dockerfile",
    argument: ["NODE_IMAGE", node.name],
    packages: productionPackages(root),
  });
  onImage(harness);
}

async function importBase(engine: ImageEngine, build: ImageBuild): Promise<string> {
  const { path, version } = await provisionBase(build);
  const image = await engine.import({
    name: DEBOOTSTRAP_IMAGE,
    digest: version,
    archive: () => createReadStream(path),
    changes: ['CMD ["node"]'],
  });
  build.onImage(image);
  return image.name;
}

async function importToxiproxy(engine: ImageEngine, build: ImageBuild): Promise<BuiltImage> {
  const folder = await provisionStaticToxiproxy(build);
  const context = { root: folder, paths: ["toxiproxy", "toxiproxy-cli"] };
  const files = filesOf(context);
  return engine.import({
    name: toxiproxyImage(build.env),
    digest: digestOf(context, files),
    archive: () => Readable.from([pack(context, files)]),
    changes: TOXIPROXY_CHANGES,
  });
}

interface Recipe {
  readonly name: string;
  readonly root: string;
  readonly dockerfile: string;
  /** The base, by the name that the Dockerfile has for it. */
  readonly argument: readonly [name: string, value: string];
  /** In place of all of `node_modules`. */
  readonly packages: readonly string[];
}

async function buildFrom(engine: ImageEngine, recipe: Recipe): Promise<BuiltImage> {
  const { name, root, dockerfile, argument, packages } = recipe;
  const copied = copiedBy(root, dockerfile).filter((path) => path !== "node_modules");
  const context: BuildContext = { root, paths: [dockerfile, ...copied, ...packages] };
  const files = filesOf(context);
  const [baseArgument, base] = argument;
  const below = (await engine.idOf(base)) ?? base;
  return engine.build({
    name,
    digest: createHash("sha256")
      .update(`${below}\0${digestOf(context, files)}`)
      .digest("hex"),
    archive: () => Readable.from([pack(context, files)]),
    dockerfile,
    arguments: { [baseArgument]: base },
  });
}
