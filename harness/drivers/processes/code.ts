import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * How files of this program end where it runs from: `.ts` in a clone; `.js` in an installed
 * package, below whose node_modules Node strips no types.
 */
export const CODE_ENDING = extname(import.meta.filename);

/** The program of that name beside the module at `url`. */
export function programBeside(url: string, name: string): string {
  return fileURLToPath(new URL(`${name}${CODE_ENDING}`, url));
}
