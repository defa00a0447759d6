/** A replica process of the echo protocol. */
import { nullService } from "../services/null.ts";
import { echo } from "./echo.fixture.ts";
import { runReplicaProcess } from "./replica-process.ts";

await runReplicaProcess(process.argv[2], { protocols: [echo], services: [nullService] });
