import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { baseImage } from "../images/image-names.ts";
import { chosenFrom } from "./arguments.ts";

interface ImageFlags {
  readonly baseFrom?: "debootstrap";
}

const root = join(import.meta.dirname, "..", "..");
const progress = (line: string) => process.stderr.write(`${line}\n`);

export function register(program: Command): void {
  const images = program
    .command("images")
    .description("the container images that runs and the compose file need");
  images
    .command("build")
    .description("build them from this clone; what is up to date already is not built again")
    .addOption(baseFrom())
    .action(async (flags: ImageFlags) => {
      // An installed package has its code compiled and its dependencies elsewhere.
      if (!existsSync(join(root, "node_modules"))) {
        program.error("error: images are built in a clone, after npm ci");
      }
      const { buildImages } = await import("../images/build.ts");
      const { env } = process;
      const base = flags.baseFrom === undefined ? baseImage(env) : null;
      await buildImages({
        root,
        env,
        base,
        progress,
        onImage: ({ name, id, isNew }) =>
          process.stdout.write(`${name}  ${id.slice(0, 19)}  ${isNew ? "built" : "up to date"}\n`),
      });
    });
  images
    .command("fetch")
    .description("only what `build` needs from the network, into the cache; needs no engine")
    .addOption(baseFrom())
    .action(async ({ baseFrom: from }: ImageFlags) => {
      const { fetchMaterials } = await import("../images/build.ts");
      await fetchMaterials({ env: process.env, progress }, from !== undefined);
    });
}

function baseFrom(): Option {
  const what = "make the base here, instead of one by its name";
  return chosenFrom(new Option("--base-from <way>", what), ["debootstrap"]);
}
