import { checkField, type UnknownFields } from "../config/field.js";
import { compareText } from "../config/gather.js";
import { createFindings, sortMistakes, type Mistake } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";
import { endpointsBook, type EndpointsBook } from "./endpoints.js";
import { nodeFrom, type NodeFacts } from "./node.js";
import { SERVICE } from "./service-schema.js";
import { serviceFrom, type Service } from "./service.js";

export interface ReadClusterOptions {
  /** Nodes that are there even if no object describes them: the own one and the members. */
  readonly nodeNames?: readonly string[] | undefined;
}

export interface Cluster {
  /** Sorted by key. */
  readonly services: readonly Service[];
  /** Sorted by name. */
  readonly nodes: ReadonlyMap<string, NodeFacts>;
  readonly endpoints: EndpointsBook;
  /** Services with an error in them are not among `services`. */
  readonly mistakes: readonly Mistake[];
}

/** Services, Nodes and EndpointSlices out of objects of any kinds. */
export function readCluster(objects: readonly SourceObject[], options: ReadClusterOptions = {}): Cluster {
  const findings = createFindings();
  const services: Service[] = [];
  const nodes = new Map<string, NodeFacts>();
  const unknown: UnknownFields = "warning";
  for (const object of objects) {
    if (object.kind === "Node") nodes.set(object.name, nodeFrom(object.value));
    if (object.kind !== "Service") continue;
    const before = findings.mistakes.length;
    checkField(object, ["spec"], object.value.spec, SERVICE, findings, unknown);
    if (findings.mistakes.slice(before).some(({ severity }) => severity === "error")) continue;
    services.push(serviceFrom(object.value));
  }
  for (const name of options.nodeNames ?? []) {
    if (!nodes.has(name)) nodes.set(name, nodeFrom({ metadata: { name, labels: { "kubernetes.io/hostname": name } } }));
  }
  return {
    services: services.sort((a, b) => compareText(a.key, b.key)),
    nodes: new Map([...nodes].sort(([a], [b]) => compareText(a, b))),
    endpoints: endpointsBook(objects.filter(({ kind }) => kind === "EndpointSlice").map(({ value }) => value)),
    mistakes: sortMistakes(findings.mistakes),
  };
}
