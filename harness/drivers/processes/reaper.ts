import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { withDeadline } from "../clock.ts";
import { DriverError } from "../driver.ts";
import { READY, STAND_DOWN } from "./reap.ts";

export interface ReaperSetup {
  readonly runId: string;
  /** The driver's reaper-main. */
  readonly program: string;
  /** A reaper that is killed is replaced at once, and that is told. */
  readonly onReplaced: (why: string) => void;
}

/** The harness's end of the pipe. */
export class Reaper {
  readonly #setup: ReaperSetup;
  #child: ChildProcess | null = null;
  #standingDown = false;

  private constructor(setup: ReaperSetup) {
    this.#setup = setup;
  }

  /**
   * Resolves once the reaper listens: only then may anything be started that it would have to
   * remove.
   */
  static async start(setup: ReaperSetup): Promise<Reaper> {
    const reaper = new Reaper(setup);
    await reaper.#spawn();
    return reaper;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async standDown(): Promise<void> {
    this.#standingDown = true;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.stdin?.end(STAND_DOWN);
    await withDeadline(ended, { what: "the reaper to stand down", deadlineMs: 5_000 });
  }

  /**
   * Ctrl-C goes to all of the group, and for a moment the reaper is still in it: who is struck
   * before it has a session of its own is started once more.
   */
  async #spawn(attempts = 2): Promise<void> {
    const child = spawn(process.execPath, [this.#setup.program, this.#setup.runId], {
      detached: true,
      cwd: "/",
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env },
    });
    this.#child = child;
    // EPIPE when it was killed: the exit event tells, and replaces it.
    child.stdin.on("error", () => {});
    const ready = new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`it ended with exit code ${code}`)));
      child.stdout.once("data", (data) => {
        if (String(data) === READY) resolve();
        else reject(new Error(`it said ${JSON.stringify(String(data))}`));
      });
    });
    try {
      await withDeadline(ready, { what: "the reaper", deadlineMs: 15_000 });
    } catch (cause) {
      if (child.signalCode !== null && attempts > 1) return this.#spawn(attempts - 1);
      child.kill("SIGKILL");
      throw new DriverError("REAPER", "the reaper could not be started, so nothing else was", {
        cause,
      });
    }
    child.unref();
    child.once("exit", (code, signal) => {
      if (this.#standingDown) return;
      this.#setup.onReplaced(`the reaper ended (${signal ?? code}) and was started again`);
      // Should that fail too, the run goes on: `clean` is still there, and the harness cleans up
      // itself.
      this.#spawn().catch((error: unknown) => this.#setup.onReplaced(String(error)));
    });
  }
}
