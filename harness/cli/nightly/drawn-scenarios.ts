/** The endless row of random scenarios of a night, each a file in the night's folder. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaults } from "../../../nodes/registry.ts";
import { type DrawnScenario, drawScenarios } from "../../plan/draw-scenarios.ts";
import { vocabulary } from "../../run.ts";
import { SEED_MAX } from "../../scenario/schema.ts";

/** A set is drawn at once, so that no kind of fault is left out of it. */
const SET = 16;

export class DrawnScenarios {
  readonly #folder: string;
  readonly #seed: number;
  readonly #sets = new Map<number, readonly DrawnScenario[]>();

  constructor(folder: string, seed: number) {
    this.#folder = folder;
    this.#seed = seed;
  }

  /** @returns the path of its file, which is there from now on */
  file(number: number): string {
    const set = this.#set(Math.floor(number / SET));
    const drawn = set[number % SET];
    if (drawn === undefined) throw new RangeError(`a set has no scenario ${number % SET}`);
    mkdirSync(this.#folder, { recursive: true });
    const file = join(this.#folder, `${drawn.name}.yaml`);
    writeFileSync(file, drawn.text);
    return file;
  }

  #set(index: number): readonly DrawnScenario[] {
    const known = this.#sets.get(index);
    if (known !== undefined) return known;
    const seed = (this.#seed + index) % (SEED_MAX + 1);
    const { protocol } = defaults;
    const command = `npx bft-chaos draw --seed ${seed} --count ${SET} --protocol ${protocol} --out drawn`;
    const drawn = drawScenarios({ seed, count: SET, protocol, command }, vocabulary);
    this.#sets.set(index, drawn);
    return drawn;
  }
}
