/**
 * Who may import whom, as one table (harness §2.1): `nodes <- faults <- harness`, and inside the
 * harness along the arrow scenario -> plan -> drivers -> observations -> checkers -> reports.
 * Type-only imports count too. What a row does not list is an error; tests may import more.
 */
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import type { ICruiseResult, IForbiddenRuleType } from "dependency-cruiser";
import { cruise } from "dependency-cruiser";

interface ImportRow {
  /** Regular expressions over paths from the root of the project. */
  readonly from: string;
  readonly except?: readonly string[];
  /** Beside itself. */
  readonly modules: readonly string[];
  /** Like `modules`, but only `import type`: no code is shared. */
  readonly typesOf?: readonly string[];
  readonly packages: readonly string[];
  readonly builtins: "any" | readonly string[];
}

const contracts = ["^nodes/protocols/"];
const metrics = ["^nodes/metrics/"];
const files = ["fs", "path"];
/** What a scenario names and everybody after it prints. */
const words = ["^harness/scenario/(verdict|printable)\\.ts$"];
/** What a driver is given, and what it writes. */
const runs = ["^harness/plan/", "^harness/workloads/", "^harness/observations/"];
const sharedByWorlds = "^harness/drivers/(?!registry\\.ts)[^/]+$";
const everything = ["^nodes/", "^faults/", "^harness/", "^dashboards/"];

const rows: readonly ImportRow[] = [
  { from: "^nodes/protocols/", modules: [], packages: [], builtins: [] },
  { from: "^nodes/services/", modules: contracts, packages: [], builtins: [] },
  {
    // A model that shared code with its service could share its bug.
    from: "^nodes/services/models/",
    modules: [],
    typesOf: ["^nodes/protocols/contract/"],
    packages: [],
    builtins: [],
  },
  { from: "^nodes/metrics/", modules: contracts, packages: [], builtins: [] },
  {
    from: "^nodes/runtime/",
    modules: [...contracts, ...metrics],
    packages: ["prom-client", "zod"],
    builtins: "any",
  },
  {
    from: "^nodes/client/",
    modules: [...contracts, "^nodes/runtime/"],
    packages: [],
    builtins: "any",
  },
  {
    from: "^nodes/[^/]+$",
    modules: ["^nodes/"],
    packages: [],
    builtins: "any",
  },
  {
    from: "^faults/",
    except: ["^faults/injectors/", "^faults/byzantine/", "^faults/mutant\\.ts$"],
    modules: contracts,
    packages: ["zod", "pure-rand"],
    builtins: [],
  },
  {
    from: "^faults/injectors/",
    modules: [...contracts, "^faults/[^/]+$"],
    packages: ["toxiproxy-node-client", "zod"],
    builtins: "any",
  },
  {
    // How the messages of a protocol look is known to its forgeries alone.
    from: "^faults/byzantine/",
    except: ["^faults/byzantine/forgeries/", "^faults/byzantine/main\\.ts$"],
    modules: ["^faults/", "^nodes/protocols/(contract/|(assert|quorum|wire/codec)\\.ts$)"],
    typesOf: ["^nodes/protocols/(pbft/|wire/(request|envelope)\\.ts$)"],
    packages: ["zod"],
    builtins: [],
  },
  {
    from: "^faults/byzantine/forgeries/",
    modules: [...contracts, "^faults/byzantine/behaviour\\.ts$"],
    packages: ["pure-rand"],
    builtins: [],
  },
  {
    from: "^faults/byzantine/main\\.ts$",
    modules: ["^nodes/", "^faults/"],
    packages: [],
    builtins: "any",
  },
  {
    from: "^faults/mutant\\.ts$",
    modules: [],
    packages: ["yaml", "zod"],
    builtins: [...files, "url", "module"],
  },
  {
    from: "^harness/scenario/",
    modules: [...contracts, "^nodes/registry\\.ts$", "^faults/[^/]+$"],
    packages: ["yaml", "zod"],
    builtins: [...files, "crypto"],
  },
  {
    from: "^harness/plan/",
    modules: [...contracts, "^faults/[^/]+$", "^harness/scenario/"],
    packages: ["pure-rand"],
    builtins: [],
  },
  {
    from: "^harness/workloads/",
    modules: [
      ...contracts,
      "^faults/units\\.ts$",
      "^harness/scenario/executor-words\\.ts$",
      "^harness/plan/",
      "^harness/observations/observations\\.ts$",
    ],
    packages: ["pure-rand", "zod"],
    builtins: [],
  },
  {
    from: "^harness/observations/",
    modules: [
      ...contracts,
      "^nodes/runtime/peer-counters\\.ts$",
      "^faults/fault\\.ts$",
      "^harness/plan/",
    ],
    packages: [],
    builtins: [...files, "crypto"],
  },
  // What all worlds share knows none of them.
  {
    from: "^harness/drivers/[^/]+$",
    except: ["^harness/drivers/registry\\.ts$"],
    modules: [...contracts, "^faults/[^/]+$", "^faults/operator/guards/", ...runs],
    packages: [],
    builtins: ["crypto", "timers"],
  },
  {
    from: "^harness/drivers/registry\\.ts$",
    modules: ["^harness/drivers/"],
    packages: [],
    builtins: [],
  },
  {
    from: "^harness/drivers/simulation/",
    modules: ["^nodes/", "^faults/", ...runs, sharedByWorlds, "^harness/scenario/closest\\.ts$"],
    packages: ["pure-rand"],
    builtins: "any",
  },
  {
    from: "^harness/drivers/runtime-exploration/",
    modules: [
      "^nodes/",
      "^faults/mutant\\.ts$",
      "^harness/drivers/simulation/(event-queue|random)\\.ts$",
    ],
    packages: ["zod"],
    builtins: "any",
  },
  {
    from: "^harness/drivers/processes/",
    modules: ["^nodes/", "^faults/", ...runs, sharedByWorlds],
    packages: ["zod"],
    builtins: "any",
  },
  {
    from: "^harness/drivers/local/",
    modules: ["^nodes/", "^faults/", ...runs, sharedByWorlds, "^harness/drivers/processes/"],
    packages: [],
    builtins: "any",
  },
  {
    from: "^harness/drivers/joined/",
    modules: [
      "^nodes/",
      "^faults/",
      ...runs,
      sharedByWorlds,
      "^harness/drivers/processes/",
      // Its clients are processes of this machine.
      "^harness/drivers/local/(local-process|programs)\\.ts$",
    ],
    packages: ["zod"],
    builtins: "any",
  },
  {
    from: "^harness/images/",
    modules: ["^faults/injectors/(binary-cache|provision)\\.ts$", "^harness/host\\.ts$"],
    packages: ["dockerode", "zod"],
    builtins: "any",
  },
  {
    from: "^harness/drivers/docker/",
    modules: [
      "^nodes/",
      "^faults/",
      ...runs,
      sharedByWorlds,
      "^harness/drivers/processes/",
      "^harness/images/image-names\\.ts$",
    ],
    packages: ["dockerode", "@types/dockerode"],
    builtins: "any",
  },
  {
    from: "^harness/checkers/",
    modules: ["^faults/fault\\.ts$", ...words, "^harness/plan/", "^harness/observations/"],
    // A checker that shared code with the protocol could share its bug.
    typesOf: ["^nodes/"],
    packages: [],
    builtins: [],
  },
  {
    from: "^harness/prometheus/",
    modules: [
      ...metrics,
      "^faults/fault\\.ts$",
      "^harness/plan/",
      "^harness/observations/",
      "^harness/checkers/",
    ],
    packages: ["prometheus-remote-write"],
    builtins: files,
  },
  {
    from: "^harness/reports/",
    modules: [
      ...contracts,
      ...metrics,
      "^harness/prometheus/",
      "^faults/fault\\.ts$",
      ...words,
      "^harness/plan/",
      "^harness/observations/",
      "^harness/checkers/",
    ],
    typesOf: ["^harness/drivers/driver\\.ts$"],
    packages: ["echarts"],
    builtins: [...files, "url", "module"],
  },
  // Needed to write the files again, not to run: they are data for Prometheus and Grafana.
  {
    from: "^dashboards/",
    modules: [],
    packages: ["@grafana/grafana-foundation-sdk"],
    builtins: [],
  },
  {
    from: "^harness/(cli/|[^/]+$)",
    modules: everything,
    packages: ["commander", "yaml", "zod", "dependency-cruiser"],
    builtins: "any",
  },
];

const tests = "\\.(test|bench|fixture)\\.ts$";

function ruleOf(row: ImportRow): IForbiddenRuleType {
  const builtins = row.builtins === "any" ? [] : row.builtins;
  const allowed = [
    row.from,
    ...row.modules,
    ...(row.typesOf ?? []),
    ...row.packages.map((name) => `^node_modules/${name}/`),
    ...builtins.map((name) => `^(node:)?${name}(/promises)?$`),
  ];
  return {
    name: `imports of ${row.from}`,
    severity: "error",
    from: { path: row.from, pathNot: [tests, ...(row.except ?? [])] },
    to: {
      // What does not resolve is the type checker's business.
      couldNotResolve: false,
      pathNot: allowed,
      ...(row.builtins === "any" ? { dependencyTypesNot: ["core" as const] } : {}),
    },
  };
}

function typesOnlyRuleOf(row: ImportRow): readonly IForbiddenRuleType[] {
  if (row.typesOf === undefined) return [];
  return [
    {
      name: `only types for ${row.from}`,
      severity: "error",
      from: { path: row.from, pathNot: [tests, ...(row.except ?? [])] },
      to: { path: [...row.typesOf], dependencyTypesNot: ["type-only"] },
    },
  ];
}

const forbidden: IForbiddenRuleType[] = [
  ...rows.flatMap((row) => [ruleOf(row), ...typesOnlyRuleOf(row)]),
  {
    name: "no test code in the product",
    severity: "error",
    from: { pathNot: tests },
    to: { path: tests },
  },
  {
    // Whatever stands between them: what can forge must not even lie in the honest program.
    name: "no fault in the honest executable",
    severity: "error",
    from: { path: "^nodes/main\\.ts$" },
    to: { path: "^(faults|harness)/", reachable: true },
  },
  {
    // Also a circle of types only: neither of its files can be understood without the other.
    name: "no circle of imports",
    severity: "error",
    from: {},
    to: { circular: true },
  },
];

const topFolders = ["nodes", "faults", "harness", "dashboards"];

function sourceFiles(root: string): readonly string[] {
  return topFolders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
}

export interface ImportFindings {
  readonly modules: number;
  /** One line each, empty = all is well. */
  readonly violations: readonly string[];
}

/**
 * @param root the folder that holds nodes/, faults/, harness/ and dashboards/
 */
export async function checkImports(root: string): Promise<ImportFindings> {
  const { output } = await cruise(topFolders, {
    baseDir: root,
    validate: true,
    ruleSet: { forbidden },
    tsPreCompilationDeps: true,
    doNotFollow: { path: ["node_modules"] },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "default"] },
  });
  if (typeof output === "string") throw new Error("dependency-cruiser gave text, not a result");
  return findingsOf(output, sourceFiles(root));
}

function findingsOf(result: ICruiseResult, sources: readonly string[]): ImportFindings {
  // With a TypeScript that has no compiler API dependency-cruiser sees nothing and is content.
  const seen = new Set(result.modules.map((module) => module.source));
  const unseen = sources.filter((source) => !seen.has(source));
  return {
    modules: sources.length - unseen.length,
    violations: [
      ...(sources.length === 0 ? ["no source file was found"] : []),
      ...unseen.map((source) => `${source}: was not examined`),
      ...result.summary.violations.map(({ from, to, rule }) => `${from} -> ${to}: ${rule.name}`),
    ],
  };
}

if (import.meta.main) {
  const { modules, violations } = await checkImports(process.cwd());
  for (const violation of violations) console.error(violation);
  console.log(`${violations.length} forbidden imports in ${modules} modules`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
