import { wireFault } from "./wire.ts";

export const duplication = wireFault(
  "duplication",
  "makes a share of the frames on links arrive twice",
);
