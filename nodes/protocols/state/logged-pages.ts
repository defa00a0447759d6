import { encodeNode, type PageNode } from "./page.ts";

/** Which nodes of the page tree the log holds, so that a checkpoint writes only what is new. */
export class LoggedPages {
  #logged = new WeakSet<PageNode>();

  /** @returns the nodes below `root` that the log lacks; from now on they count as logged */
  missing(root: PageNode): Uint8Array[] {
    const found: Uint8Array[] = [];
    const visit = (node: PageNode) => {
      if (this.#logged.has(node)) return;
      this.#logged.add(node);
      found.push(encodeNode(node));
      if (node.kind === "branch") for (const child of node.children) if (child) visit(child);
    };
    visit(root);
    return found;
  }

  /** The log is about to be replaced. */
  forget(): void {
    this.#logged = new WeakSet();
  }
}
