import { wireFault } from "./wire.ts";

export const reordering = wireFault(
  "reordering",
  "lets a share of the frames on links overtake those sent before them",
);
