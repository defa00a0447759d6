/** What there is of containers on this machine, for who wants to know before a run. */
import { readFileSync } from "node:fs";
import { nodeImage, toxiproxyImage } from "../../images/image-names.ts";
import { Engine } from "./engine.ts";
import { overlap, parseSubnet, routedSubnets } from "./subnets.ts";

/** One line of it; `mend` says what to do about what is missing. */
export interface Examined {
  readonly what: string;
  readonly detail: string;
  readonly mend?: string;
}

const ENGINE = "Docker";
const IMAGES = "images";

export async function examineEngine(): Promise<readonly Examined[]> {
  try {
    const engine = await Engine.connect();
    return await Promise.all([examine(engine), examineImages(engine)]);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const mend = "only --driver docker needs one";
    return [{ what: ENGINE, detail, mend }];
  }
}

async function examine(engine: Engine): Promise<Examined> {
  const version = `engine ${await engine.version()}`;
  const routed = routedSubnets(readFileSync("/proc/net/route", "utf8"));
  const own = (await engine.subnets()).filter((text) => !text.includes(":")).map(parseSubnet);
  // One that has no network at all tells nothing; the run itself looks again.
  const isHere = own.some((subnet) => routed.some((route) => overlap(route, subnet)));
  if (isHere || own.length === 0) {
    return { what: ENGINE, detail: `${version}, its networks are this machine's` };
  }
  return {
    what: ENGINE,
    detail: `${version}, but its networks are not on this machine`,
    mend: "run bft-chaos where the engine runs: clocks of two machines cannot be compared",
  };
}

async function examineImages(engine: Engine): Promise<Examined> {
  const names = [nodeImage(process.env), toxiproxyImage(process.env)];
  const ids = await Promise.all(names.map((name) => engine.imageId(name)));
  const missing = names.filter((_, index) => ids[index] === null);
  if (missing.length === 0) return { what: IMAGES, detail: names.join(" and ") };
  return {
    what: IMAGES,
    detail: `no ${missing.join(" and no ")}`,
    mend: "npx bft-chaos images build",
  };
}
