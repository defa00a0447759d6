import { Agent, get } from "node:http";

export interface AskedReplica {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface Question {
  readonly path: string;
  readonly deadlineMs: number;
}

/** More than an honest replica of the largest cluster says. */
const PAGE_CHARACTERS_MAX = 4 * 1024 * 1024;

/** Asks replicas for their pages, over connections that are kept. */
export class PageClient {
  readonly #agents = new Map<string, Agent>();

  /** Null for every kind of silence: refused, stopped, killed in the middle, or without an end. */
  ask({ name, host, port }: AskedReplica, { path, deadlineMs }: Question): Promise<string | null> {
    const agent = this.#agents.get(name) ?? new Agent({ keepAlive: true, maxSockets: 2 });
    this.#agents.set(name, agent);
    // Of the whole answer: `timeout` would begin anew with every byte.
    const signal = AbortSignal.timeout(deadlineMs);
    return new Promise((resolve) => {
      const request = get({ host, port, path, agent, signal }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
          if (text.length > PAGE_CHARACTERS_MAX) request.destroy();
        });
        response.on("error", () => resolve(null));
        response.on("end", () => resolve(response.statusCode === 200 ? text : null));
      });
      request.on("error", () => resolve(null));
      request.on("close", () => resolve(null));
    });
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }
}
