/** The conventions that no linter knows, as tests over the text of the tree. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";

interface SourceFile {
  /** From the root of the project. */
  readonly path: string;
  readonly text: string;
}

interface Rule {
  readonly claim: string;
  /** Also judges tests. */
  readonly tests: boolean;
  /** Also judges pages, planted bugs and scenarios. */
  readonly texts?: true;
  /** @returns what is wrong, one entry each */
  readonly broken: (file: SourceFile) => readonly string[];
  /** A file that breaks the rule: it must be seen. */
  readonly planted: SourceFile;
}

const root = join(import.meta.dirname, "..");

function filesLike(name: RegExp): readonly SourceFile[] {
  return ["nodes", "faults", "harness", "dashboards", "scenarios"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && name.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path: relative(root, path), text: readFileSync(path, "utf8") })),
  );
}

const isTest = (path: string): boolean => /\.(test|bench|fixture)\.ts$/.test(path);

/** Each line that matches, with its number. */
function linesLike(file: SourceFile, pattern: RegExp): readonly string[] {
  return file.text
    .split("\n")
    .flatMap((line, index) => (pattern.test(line) ? [`line ${index + 1}: ${line.trim()}`] : []));
}

/** The pages that comments cite, each as `name §section`. */
const pages = [
  { name: "protocols", path: "nodes/protocols/README.md" },
  { name: "harness", path: "harness/README.md" },
  { name: "faults", path: "faults/README.md" },
].map((page) => ({ ...page, sections: sectionsIn(page.path) }));

/** Headings with a number, and paragraphs that begin with one. */
function sectionsIn(path: string): readonly string[] {
  const numbered = readText(path).matchAll(/^(?:#{2,3} |\*\*)(\d+(?:\.\d+)?) /gm);
  return [...numbered].map(([, number = ""]) => number);
}

interface Citation {
  /** A page of ours or a paper; null = it names none. */
  readonly of: string | null;
  readonly section: string;
}

/**
 * A page or a paper is named once for several sections in a row; inside a page its own sections
 * need no name. A citation may go over the end of a line.
 */
function citationsIn({ path, text }: SourceFile): readonly Citation[] {
  const own = pages.find((page) => page.path === path)?.name ?? null;
  const flowing = text.replaceAll(/\n[ \t]*(?:\*|\/\/|#)?[ \t]*/g, " ");
  const found: Citation[] = [];
  let end = 0;
  for (const match of flowing.matchAll(/(?:\b([A-Za-z]+)[` ]+)?\u00a7(\d+(?:\.\d+)*)/g)) {
    const [whole, word = "", section = ""] = match;
    const isNamed = word === "PBFT" || pages.some(({ name }) => name === word);
    const between = `${flowing.slice(end, match.index)}${isNamed ? "" : word}`;
    const goesOn = /^[`,; ]*(?:and|to)?[` ]*$/.test(between);
    const before = goesOn ? found.at(-1)?.of : null;
    found.push({ of: isNamed ? word : (before ?? own), section });
    end = match.index + whole.length;
  }
  return found;
}

/** The only places that read the clock of the machine or wait for it. */
const clocks = ["nodes/runtime/timers.ts", "faults/injectors/until.ts", "harness/drivers/clock.ts"];
const entryPoint = /^harness\/cli\/|(^|[/-])main\.ts$|^faults\/injectors\/provision\.ts$/;

const rules: readonly Rule[] = [
  {
    claim: "no file is longer than 400 lines",
    tests: false,
    broken: ({ text }) => {
      const lines = text.trimEnd().split("\n").length;
      return lines > 400 ? [`${lines} lines`] : [];
    },
    planted: { path: "nodes/long.ts", text: "\n".repeat(400).concat("1") },
  },
  {
    claim: "no comment runs past column 100",
    tests: false,
    broken: (file) => linesLike(file, /^(?=.{101})\s*(\/\/|\/?\*)/),
    planted: { path: "nodes/wide.ts", text: `// ${"why ".repeat(30)}` },
  },
  {
    claim: "a file's name says what is in it",
    tests: true,
    broken: ({ path }) =>
      /(^|-)(utils?|helpers?|managers?|common|misc|stuff)([-.]|$)/.test(basename(path))
        ? [basename(path)]
        : [],
    planted: { path: "harness/plan/plan-utils.ts", text: "" },
  },
  {
    claim: "what is left to do has an issue",
    tests: true,
    broken: (file) => linesLike(file, /\b(FIX[M]E|XX[X]|HAC[K]|TO[D]O(?!\(#\d+\)))/),
    planted: { path: "nodes/later.ts", text: ["// TO", "DO: mend it"].join("") },
  },
  {
    claim: "every test runs",
    tests: true,
    broken: (file) =>
      linesLike(file, /\b(test|it|describe|suite)(\.\w+)*\.(only|skip|todo|skipIf|fails)\b/),
    planted: { path: "nodes/one.test.ts", text: ["test.", 'only("it works")'].join("") },
  },
  {
    claim: "every test's title claims something",
    tests: true,
    broken: (file) => linesLike(file, /\b(test|it|describe)(\.\w+)*\(\s*("\s*"|'\s*'|`\s*`)/),
    planted: { path: "nodes/two.test.ts", text: ["test(", '"", run)'].join("") },
  },
  {
    claim: "nothing sleeps or sets a timer outside the clock files",
    tests: false,
    broken: (file) =>
      clocks.includes(file.path) ? [] : linesLike(file, /\b(setTimeout|setInterval)\b/),
    planted: { path: "harness/drivers/local/wait.ts", text: "setTimeout(go, 100);" },
  },
  {
    claim: "tests wait for conditions, not for time",
    tests: true,
    broken: (file) =>
      isTest(file.path)
        ? linesLike(file, new RegExp(["timers", "promises"].join("/"))).concat(
            linesLike(file, /setTimeout\((resolve|done|r)\b/),
          )
        : [],
    planted: { path: "nodes/slow.test.ts", text: ["setTimeout", "(resolve, 100)"].join("") },
  },
  {
    claim: "what decides has no clock, no await and no randomness of its own",
    tests: false,
    broken: (file) =>
      /^nodes\/(protocols|services)\/|^harness\/(plan|workloads)\//.test(file.path)
        ? linesLike(file, /\bDate\.now|new Date\(\)|Math\.random|performance\.now|^[^*/]*\bawait\b/)
        : [],
    planted: { path: "harness/plan/draw.ts", text: "const rank = Math.random();" },
  },
  {
    claim: "only a scheme makes proofs of bytes; liars pass theirs off in one place",
    tests: true,
    broken: (file) =>
      /^nodes\/protocols\/authentication\/|\/(passed-off|proof-vectors)\.ts$/.test(file.path)
        ? []
        : linesLike(
            file,
            /\bas (unknown as )?(readonly )?(ProofFrame|ViewChange|NewView|CertificateFrames|\w+Certificate|StableCheckpoint)\b/,
          ),
    planted: {
      path: "nodes/protocols/pbft/ordering.ts",
      text: ["frame as", "ProofFrame"].join(" "),
    },
  },
  {
    claim: "what a replica wrote itself is proof again only where certificates are read back",
    tests: false,
    broken: (file) =>
      /^nodes\/protocols\/(authentication|pbft\/(certificates|proofs))\//.test(file.path)
        ? []
        : linesLike(file, /\.written\(/),
    planted: { path: "nodes/protocols/pbft/status.ts", text: "resend(scheme.written(frame));" },
  },
  {
    claim: "no shell reads a string of ours",
    tests: true,
    broken: (file) =>
      linesLike(file, new RegExp(["shell:", "true"].join(" "))).concat(
        linesLike(file, /\bexecSync\(|import \{[^}]*\bexec\b[^}]*\} from "node:child_process"/),
      ),
    planted: { path: "faults/shell.ts", text: ["exec", "Sync(`rm ${path}`)"].join("") },
  },
  {
    claim: "only command lines and process entry points read their arguments",
    tests: false,
    broken: (file) => (entryPoint.test(file.path) ? [] : linesLike(file, /process\.argv/)),
    planted: { path: "harness/plan/flags.ts", text: "const seed = process.argv[2];" },
  },
  {
    claim: "no file names a folder of the machine it was written on",
    tests: true,
    broken: (file) => linesLike(file, /["'`\s(](\/work\/|\/root\/|\/home\/\w)/),
    planted: { path: "harness/here.ts", text: ['const root = "', 'work/main";'].join("/") },
  },
  {
    claim: "every cited section is there",
    tests: true,
    texts: true,
    broken: (file) =>
      citationsIn(file).flatMap(({ of, section }) => {
        const page = pages.find(({ name }) => name === of);
        return page === undefined || page.sections.includes(section)
          ? []
          : [`${of} has no ${section}`];
      }),
    planted: { path: "nodes/cites.ts", text: "// Dropped, not buffered (protocols \u00a79.99)." },
  },
  {
    claim: "a section is cited with its page or paper",
    tests: true,
    texts: true,
    broken: (file) =>
      citationsIn(file).flatMap(({ of, section }) => (of === null ? [`${section} of what?`] : [])),
    planted: {
      path: "nodes/bare.test.ts",
      text: 'test("\u00a74.2: a backup accepts one", () => {',
    },
  },
  {
    claim: "nothing is cited that the tree does not have",
    tests: true,
    texts: true,
    broken: (file) =>
      linesLike(file, /\bDESIG[N]\b|\b[Rr]eferenc[e],? (?:\d|notation)/).concat(
        linesLike(file, /^\s*(?:\/?\*|\/\/|describe\(|test\().*\s\(\d\.\d+(?:[-,;] ?[^()]*)?\)/),
      ),
    planted: { path: "nodes/elsewhere.ts", text: ["// A bound (DE", "SIGN 2)."].join("") },
  },
  {
    claim: "a planted bug names the section of the rule it breaks",
    tests: true,
    texts: true,
    broken: (file) =>
      file.path.startsWith("faults/mutants/") && citationsIn(file).length === 0
        ? ["breaks: no section"]
        : [],
    planted: { path: "faults/mutants/any-order.yaml", text: 'breaks: "numbers in order"' },
  },
];

const tree = filesLike(/\.(ts|mjs)$/);
const texts = ["README.md", ".github/CONTRIBUTING.md"]
  .map((path) => ({ path, text: readText(path) }))
  .concat(filesLike(/\.(md|yaml)$/));

describe.each(rules)("$claim", (rule) => {
  const { broken, planted, tests } = rule;

  test("in the whole tree", () => {
    const found = [...tree, ...(rule.texts ? texts : [])]
      .filter(({ path }) => tests || !isTest(path))
      .flatMap((file) => broken(file).map((what) => `${file.path}: ${what}`));
    expect(found).toEqual([]);
  });

  test("and a planted breach is seen", () => {
    expect(broken(planted)).not.toEqual([]);
  });
});

/** Each file that defines an entry of this form must be imported by the registry. */
const registries: readonly Registry[] = [
  { registry: "faults/registry.ts", folder: "faults/", entry: /= defineFault\(/ },
  {
    registry: "faults/byzantine/registry.ts",
    folder: "faults/byzantine/",
    entry: /= defineBehaviour\(/,
  },
  { registry: "harness/checkers/registry.ts", folder: "harness/checkers/", entry: /: Checker = / },
  { registry: "harness/reports/registry.ts", folder: "harness/reports/", entry: /: Report = / },
  { registry: "harness/drivers/registry.ts", folder: "harness/drivers/", entry: /: Driver = / },
  { registry: "nodes/registry.ts", folder: "nodes/protocols/", entry: /: Protocol = / },
  { registry: "nodes/registry.ts", folder: "nodes/services/", entry: /: ServiceDefinition = / },
  {
    registry: "harness/workloads/registry.ts",
    folder: "harness/workloads/",
    entry: /: WorkloadExecutor<.*> = /,
  },
];

interface Registry {
  readonly registry: string;
  readonly folder: string;
  readonly entry: RegExp;
}

function entriesOf(files: readonly SourceFile[], { folder, entry }: Registry) {
  return files.filter(
    ({ path, text }) => path.startsWith(folder) && !isTest(path) && entry.test(text),
  );
}

function unlisted(files: readonly SourceFile[], of: Registry): readonly string[] {
  const listed = files.find(({ path }) => path === of.registry)?.text ?? "";
  return entriesOf(files, of)
    .map(({ path }) => path)
    .filter((path) => !listed.includes(`/${basename(path)}"`));
}

test.each(registries)("$registry lists every entry below $folder", (of) => {
  expect(unlisted(tree, of)).toEqual([]);
});

test.each(registries)("$registry without one of its entries below $folder is seen", (of) => {
  const [first] = entriesOf(tree, of);
  const forgotten = { path: `${of.folder}forgotten.ts`, text: first?.text ?? "" };
  expect(unlisted([...tree, forgotten], of)).toEqual([forgotten.path]);
});

test.each(pages)("the sections of $name are numbered without a gap", ({ sections }) => {
  const numbers = sections.map((section) => section.split(".").map(Number));
  for (const [index, [chapter = 0, section = 0]] of numbers.entries()) {
    const [before = 0, last = 0] = numbers[index - 1] ?? [];
    const next = section === 0 ? [before + 1, 0] : [before, last + 1];
    expect([chapter, section]).toEqual(next);
  }
  expect(numbers.length).toBeGreaterThan(20);
});

const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      resolved: z.string().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

test("the lockfile names the builds for every platform, which npm ci insists on", () => {
  const { packages } = lockfile.parse(readJson("package-lock.json"));
  const locked = Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, ""));
  const wanted = Object.values(packages).flatMap(({ optionalDependencies }) =>
    Object.keys(optionalDependencies ?? {}),
  );
  expect(wanted.filter((name) => !locked.includes(name))).toEqual([]);
  expect(wanted).not.toEqual([]);
});

test("the lockfile names no place to download from", () => {
  const { packages } = lockfile.parse(readJson("package-lock.json"));
  expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
});

function readJson(path: string): unknown {
  return JSON.parse(readText(path));
}

function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
