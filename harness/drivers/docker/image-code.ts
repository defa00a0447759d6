/**
 * Whether the image has the code that lies beside this harness. One that was built before the last
 * change would be judged in its place, and nothing would tell.
 */
import { DriverError } from "../driver.ts";
import { FOLDERS } from "./containers.ts";
import type { Engine } from "./engine.ts";
import { imageCode } from "./program-files.ts";
import { unpackFiles } from "./tar.ts";

/**
 * @param container made from the image; it does not have to run
 * @throws {DriverError} OTHER_CODE, naming the first file that differs
 */
export async function assertSameCode(
  engine: Engine,
  { container, image }: { readonly container: string; readonly image: string },
): Promise<void> {
  const archives = ["nodes", "faults"].map(async (folder) => {
    const archive = await engine.download(container, `${FOLDERS.app}/${folder}`);
    return archive === null ? [] : unpackFiles(archive);
  });
  const inside = (await Promise.all(archives)).flat();
  const byPath = new Map(inside.map(({ name, bytes }) => [name, bytes]));
  const other = imageCode().find(({ path, content }) => {
    const there = byPath.get(path);
    return content && !(there && Buffer.compare(there, content) === 0);
  });
  if (other === undefined) return;
  throw new DriverError(
    "OTHER_CODE",
    `${image} was not built from this code (${other.path} differs): npx bft-chaos images build`,
  );
}
