import { isBuiltin } from "node:module";
import { dirname, relative, resolve, sep } from "node:path";
import { arrows, layers, nativeOnly, scope, testExternal } from "./arrows.mjs";

/** Where a file of packages/NAME stands: `part` is src or test, `layer` is wire, machine, node or undefined. */
function place(root, filename) {
  const [top, name, part, ...inside] = relative(root, filename).split(sep);
  if (top !== "packages" || inside.length === 0) return undefined;
  return { name, part, layer: layers.includes(inside[0]) && inside.length > 1 ? inside[0] : undefined, inside };
}

/** The package an import names, and the entry point: `@vipkit/net/node` is [`@vipkit/net`, `node`]. */
function split(specifier) {
  const parts = specifier.split("/");
  const length = specifier.startsWith("@") ? 2 : 1;
  return [parts.slice(0, length).join("/"), parts.slice(length).join("/")];
}

function checkRelative(here, root, filename, specifier) {
  const there = place(root, resolve(dirname(filename), specifier));
  if (there?.name !== here.name) return `leaves package ${here.name}: import another package by its name`;
  if (here.part !== "src") return undefined;
  if (there.part !== "src") return "sources may not import what is not published";
  const below = here.layer ?? "machine";
  if (there.layer !== undefined && layers.indexOf(there.layer) > layers.indexOf(below)) {
    const who = here.layer === undefined ? "a file outside node/" : `${here.layer}/`;
    return `${who} may not import ${there.layer}/: the layers are ${layers.join(" <- ")}`;
  }
  if (here.layer !== undefined && /^index\.[jt]s$/.test(there.inside.join("/"))) {
    return "import the file that has the name, not the package's index";
  }
  return undefined;
}

function checkSource(here, specifier) {
  const rules = arrows[here.name];
  if (rules === undefined) return `package ${here.name} is not in the table of arrows`;
  const inNode = here.layer === "node";
  if (isBuiltin(specifier)) return inNode ? undefined : "Node.js is imported under node/ only";
  const [base, entry] = split(specifier);
  if (base.startsWith(`${scope}/`)) {
    const target = base.slice(scope.length + 1);
    if (target === here.name) return "a package imports its own files by path";
    if (entry === "node" && !inNode) return "a /node entry point is imported under node/ only";
    if (rules.imports.includes(target)) return undefined;
    if (rules.nodeImports?.includes(target)) return inNode ? undefined : `${base} is imported under node/ only`;
    return `${here.name} may not import ${target}`;
  }
  if (rules.external?.includes(base)) return undefined;
  if (rules.nodeExternal?.includes(base)) return inNode ? undefined : `${base} is imported under node/ only`;
  return `${base} is not among the dependencies of ${here.name} in the table of arrows`;
}

function checkTest(here, specifier) {
  const [base] = split(specifier);
  if (isBuiltin(specifier) || base.startsWith(`${scope}/`) || testExternal.includes(base)) return undefined;
  const rules = arrows[here.name];
  if ([...(rules?.external ?? []), ...(rules?.nodeExternal ?? [])].includes(base)) return undefined;
  return `${base} is not among what tests may import`;
}

function check(root, filename, specifier) {
  const here = place(root, filename);
  if (here === undefined) {
    const reason = nativeOnly[split(specifier)[0]];
    return reason === undefined ? undefined : `${specifier}: ${reason}`;
  }
  if (specifier.startsWith(".")) return checkRelative(here, root, filename, specifier);
  if (here.part === "src") return checkSource(here, specifier);
  return here.part === "test" ? checkTest(here, specifier) : undefined;
}

/** The arrows as an eslint rule. Every form of import counts, those of types too. */
export const arrowsRule = {
  meta: { type: "problem", schema: [], messages: { forbidden: "{{reason}} (see scripts/arrows.mjs)" } },
  create(context) {
    const look = (source) => {
      if (source?.type !== "Literal" || typeof source.value !== "string") return;
      const reason = check(context.cwd, context.filename, source.value);
      if (reason !== undefined) context.report({ node: source, messageId: "forbidden", data: { reason } });
    };
    return {
      ImportDeclaration: (node) => look(node.source),
      ExportNamedDeclaration: (node) => look(node.source),
      ExportAllDeclaration: (node) => look(node.source),
      ImportExpression: (node) => look(node.source),
      TSImportType: (node) => look(node.source ?? node.argument?.literal),
      "CallExpression[callee.name='require']": (node) => look(node.arguments[0]),
    };
  },
};
