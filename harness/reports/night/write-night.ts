import { join, relative } from "node:path";
import { writeWhole } from "../write.ts";
import type { Night } from "./night.ts";
import { nightHtml } from "./night-html.ts";
import { nightJunit } from "./night-junit.ts";
import { nightText } from "./night-text.ts";

/**
 * The page, for people, and JUnit, for CI servers; `night.json` is there already.
 * @returns the terminal's text
 */
export async function writeNight(
  directory: string,
  night: Night,
  colour: boolean,
): Promise<string> {
  const page = join(directory, "night.html");
  await writeWhole(page, await nightHtml(night));
  await writeWhole(join(directory, "junit.xml"), nightJunit(night));
  const short = relative("", page);
  return nightText(night, short.startsWith("..") ? page : short, colour);
}
