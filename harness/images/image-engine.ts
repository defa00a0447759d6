/**
 * What building images asks of an engine of containers. A tag moves only once its image is whole,
 * and an image that was made from the same things is not made again.
 */
import type { Readable } from "node:stream";
import Docker from "dockerode";
import { z } from "zod";
import { ImageError } from "./image-error.ts";

/** Says what an image was made from. */
const SOURCES_LABEL = "bft-chaos.sources";

export interface BuiltImage {
  readonly name: string;
  readonly id: string;
  /** False: it was there already. */
  readonly isNew: boolean;
}

/** A root file system becomes an image as it is. */
export interface Import {
  readonly name: string;
  readonly digest: string;
  readonly archive: () => Readable;
  /** Instructions of a Dockerfile: `USER`, `ENTRYPOINT`. */
  readonly changes: readonly string[];
}

export interface Build {
  readonly name: string;
  readonly digest: string;
  readonly archive: () => Readable;
  readonly dockerfile: string;
  readonly arguments: Readonly<Record<string, string>>;
}

const step = z.looseObject({ stream: z.string().optional(), error: z.string().optional() });

export class ImageEngine {
  readonly #docker = new Docker();

  /** @throws {ImageError} if no engine answers, in words that say what to do */
  async greet(): Promise<void> {
    try {
      await this.#docker.ping();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const mend = "start Docker, or set DOCKER_HOST to where it listens";
      throw new ImageError("NO_ENGINE", `no engine of containers answers (${why}): ${mend}`);
    }
  }

  /** Null where there is no image of that name. */
  async idOf(name: string): Promise<string | null> {
    return (await this.#inspect(name))?.Id ?? null;
  }

  async import({ name, digest, archive, changes }: Import): Promise<BuiltImage> {
    return this.#unlessThere({ name, digest }, async () => {
      const options = {
        repo: repository(name),
        tag: tag(name),
        changes: [...changes, label(digest)],
      };
      await this.#finish(name, await this.#docker.importImage(archive(), options));
    });
  }

  async build(build: Build): Promise<BuiltImage> {
    const { name, digest, archive, dockerfile } = build;
    return this.#unlessThere({ name, digest }, async () => {
      const options = {
        t: name,
        dockerfile,
        buildargs: { ...build.arguments },
        // The engine wants them as text; its types say otherwise.
        labels: JSON.stringify({ [SOURCES_LABEL]: digest }) as unknown as Record<string, string>,
        forcerm: true,
      };
      await this.#finish(name, await this.#docker.buildImage(archive(), options));
    });
  }

  async #unlessThere(
    { name, digest }: { readonly name: string; readonly digest: string },
    make: () => Promise<void>,
  ): Promise<BuiltImage> {
    const before = await this.#inspect(name);
    if (before?.Config.Labels?.[SOURCES_LABEL] === digest) {
      return { name, id: before.Id, isNew: false };
    }
    await make();
    const after = await this.#inspect(name);
    if (after?.Config.Labels?.[SOURCES_LABEL] !== digest) {
      throw new Error(`the engine says that it made ${name}, and has none from these files`);
    }
    return { name, id: after.Id, isNew: true };
  }

  async #inspect(name: string): Promise<Docker.ImageInspectInfo | null> {
    try {
      return await this.#docker.getImage(name).inspect();
    } catch (error) {
      if (error instanceof Error && Reflect.get(error, "statusCode") === 404) return null;
      throw error;
    }
  }

  /** An engine tells what went wrong in its last line, under a status of success. */
  async #finish(name: string, progress: NodeJS.ReadableStream): Promise<void> {
    const steps = await new Promise<unknown>((resolve, reject) => {
      this.#docker.modem.followProgress(progress, (error, output) =>
        error ? reject(error) : resolve(output),
      );
    });
    const said = z.array(step).parse(steps);
    const failure = said.find(({ error }) => error !== undefined);
    if (failure === undefined) return;
    const before = said
      .map(({ stream = "" }) => stream)
      .join("")
      .trim()
      .split("\n")
      .slice(-3);
    const after = `(after: ${before.join(" / ")})`;
    throw new ImageError("NOT_BUILT", `${name} was not built: ${failure.error} ${after}`);
  }
}

function label(digest: string): string {
  return `LABEL ${SOURCES_LABEL}=${digest}`;
}

function repository(name: string): string {
  return name.slice(0, name.length - tag(name).length - 1);
}

function tag(name: string): string {
  const found = /:([\w.-]+)$/.exec(name)?.[1];
  if (found === undefined) throw new Error(`${name} has no tag, so nothing can be made under it`);
  return found;
}
