import { wireFault } from "./wire.ts";

export const loss = wireFault("loss", "loses a share of the frames on links");
