import { isObject, listOf, type Json, type JsonObject, type Path } from "./json.js";
import { createFindings, describe, sortMistakes, type Findings, type Mistake } from "./mistake.js";
import { headOf, type SourceObject } from "./source-object.js";
import { readYaml, type TextDocument } from "./yaml-text.js";

export interface SourceFile {
  /** How mistakes call the file. */
  readonly path: string;
  readonly text: string;
}

export interface ReadDocuments {
  /** In the order of the files and of the documents in them. */
  readonly objects: readonly SourceObject[];
  readonly mistakes: readonly Mistake[];
}

/** Objects of one reading, over all files. */
const MAX_OBJECTS = 100_000;

/** The kinds that mean something to vipkit, by API group. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  "": ["ConfigMap", "Namespace", "Node", "Secret", "Service"],
  "discovery.k8s.io": ["EndpointSlice"],
  "metallb.io": ["BFDProfile", "BGPAdvertisement", "BGPPeer", "Community", "IPAddressPool", "L2Advertisement"],
};

/**
 * Reads YAML or JSON files with any number of documents each into objects that know where they were written. All mistakes
 * at once. Kinds that vipkit does not know are left out with a note; `kind: List` is opened.
 */
export function readDocuments(files: readonly SourceFile[]): ReadDocuments {
  const findings = createFindings();
  const objects: SourceObject[] = [];
  for (const { path: file, text } of files) {
    const { documents, errors } = readYaml(text);
    for (const { code, message, allowed, line, column } of errors) {
      findings.mistakes.push({
        ...{ code, severity: "error", file, line, column, path: "", message },
        ...(allowed === undefined ? {} : { allowed }),
      });
    }
    for (const document of documents) collect(document, file, objects, findings);
  }
  refuseTwins(objects, findings);
  return { objects, mistakes: sortMistakes(findings.mistakes) };
}

function collect(document: TextDocument, file: string, objects: SourceObject[], findings: Findings): void {
  const whole = sourceObject(document, document.value, file, []);
  if (!isObject(document.value)) {
    if (document.value === null) return;
    findings.add(whole, [], {
      code: "not_an_object",
      message: "the document is no Kubernetes object",
      allowed: "apiVersion, kind, metadata and spec",
    });
    return;
  }
  if (!whole.kind.endsWith("List")) {
    keep(whole, objects, findings);
    return;
  }
  listOf(document.value.items).forEach((item, index) => {
    keep(sourceObject(document, item, file, ["items", index]), objects, findings);
  });
}

function keep(object: SourceObject, objects: SourceObject[], findings: Findings): void {
  if (object.kind === "" || object.apiVersion === "") {
    const missing = object.kind === "" ? "kind" : "apiVersion";
    findings.add(object, [missing], {
      code: `${missing}_missing`,
      message: `the object has no ${missing}`,
      allowed: "for example apiVersion: v1 and kind: Service",
    });
    return;
  }
  const [group = "", version] = object.apiVersion.includes("/")
    ? object.apiVersion.split("/")
    : ["", object.apiVersion];
  if (KNOWN[group]?.includes(object.kind) !== true) {
    const finding = {
      code: "kind_ignored",
      message: `objects of kind ${object.kind} (${object.apiVersion}) are not used`,
      severity: "note",
    } as const;
    findings.add(object, ["kind"], finding);
    return;
  }
  if (object.name === "") {
    findings.add(object, ["metadata", "name"], {
      code: "name_missing",
      message: `the ${object.kind} has no name`,
      allowed: "metadata.name",
    });
    return;
  }
  if (group === "metallb.io" && !/^v1beta[12]$/.test(version ?? "")) {
    findings.add(object, ["apiVersion"], {
      code: "api_version",
      message: `${object.apiVersion} is not a known version`,
      allowed: "metallb.io/v1beta1, for BGPPeer also metallb.io/v1beta2",
    });
    return;
  }
  if (objects.length < MAX_OBJECTS) objects.push(object);
  else if (objects.length === MAX_OBJECTS) {
    findings.add(object, [], {
      code: "too_many_objects",
      message: "there are too many objects",
      allowed: `at most ${MAX_OBJECTS}`,
    });
  }
}

function sourceObject(document: TextDocument, value: Json, file: string, prefix: Path): SourceObject {
  const object: JsonObject = isObject(value) ? value : {};
  return {
    ...headOf(object),
    value: object,
    locate: (path, at) => ({ file, ...document.locate([...prefix, ...path], at) }),
    locateText: (path, line, column) => ({ file, ...document.positionInText([...prefix, ...path], line, column) }),
  };
}

/** The same kind, namespace and name twice: nobody could say which of the two holds. */
function refuseTwins(objects: readonly SourceObject[], findings: Findings): void {
  const seen = new Map<string, SourceObject>();
  for (const object of objects) {
    const name = describe(object);
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, object);
      continue;
    }
    const { file, line } = first.locate(["metadata", "name"]);
    findings.add(object, ["metadata", "name"], {
      code: "duplicate_object",
      message: `${name} is already defined in ${file}, line ${line}`,
    });
  }
}
