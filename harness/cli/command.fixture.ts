/** A command of the line, run inside the test, with what it prints kept. */
import { Command } from "commander";
import { afterEach, beforeEach, vi } from "vitest";

export interface CommandUnderTest {
  /** On standard output, since the test began. */
  readonly printed: string;
  /** On standard error. */
  readonly complained: string;
  run(...args: readonly string[]): Promise<typeof process.exitCode>;
}

export function commandUnderTest(register: (program: Command) => void): CommandUnderTest {
  let printed = "";
  let complained = "";
  beforeEach(() => {
    printed = "";
    complained = "";
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      complained += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  });
  return {
    get printed() {
      return printed;
    },
    get complained() {
      return complained;
    },
    async run(...args) {
      const program = new Command().exitOverride();
      register(program);
      for (const command of program.commands) command.exitOverride();
      await program.parseAsync([...args], { from: "user" });
      return process.exitCode;
    },
  };
}
