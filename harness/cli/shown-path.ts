import { relative } from "node:path";

/** Short where it can be: as seen from where the command was given. */
export function shownPath(path: string): string {
  const short = relative("", path);
  return short === "" || short.startsWith("..") ? path : short;
}
