import { serviceFrom, type EndpointFacts, type JsonObject, type NodeFacts, type Service } from "@vipkit/k8s-adapter";
import { canServe, EXCLUDE_LABEL } from "@vipkit/k8s-adapter";

type Line = Readonly<Record<string, unknown>>;

/** A Service of the door, whose fields stand flat, as the adapter's. */
export function serviceOf(key: string, flat: Line): Service {
  const { namespace, labels, annotations, status, ips, ports, selector, ...spec } = flat;
  const [first, name = first] = key.split("/");
  const ingress = (status ?? ips ?? []) as readonly unknown[];
  const object = {
    metadata: { namespace: namespace ?? first, name, labels, annotations },
    spec: { ...spec, ports: ((ports ?? []) as readonly unknown[]).map(portOf), selector: selectorOf(selector) },
    status: { loadBalancer: { ingress: ingress.map((entry) => (typeof entry === "string" ? { ip: entry } : entry)) } },
  };
  return { ...serviceFrom(object as unknown as JsonObject), key };
}

function portOf(port: unknown): unknown {
  if (typeof port !== "string") return port;
  const [protocol, number] = port.split("/");
  return { protocol, port: Number(number) };
}

/** Labels of the pods, or the text that stands for them. */
function selectorOf(selector: unknown): unknown {
  return typeof selector === "string" ? { [selector]: "" } : selector;
}

export function endpointsOf(endpoints: unknown): EndpointFacts[] {
  return ((endpoints ?? []) as readonly Line[]).map(({ node, ready, serving, addresses }) => ({
    ...(typeof node === "string" ? { node } : {}),
    serves: canServe(ready as boolean | undefined, serving as boolean | undefined),
    hasAddress: !Array.isArray(addresses) || addresses.length > 0,
  }));
}

/** Nodes by name: `{networkUnavailable?, excludeLabel?, labels?}`. */
export function nodesOf(nodes: unknown): Map<string, NodeFacts> {
  const entries = Object.entries((nodes ?? {}) as Readonly<Record<string, Line>>);
  return new Map(
    entries.map(([name, facts]) => {
      const labels = (facts.labels ?? {}) as Readonly<Record<string, string>>;
      const excluded = facts.excludeLabel === true || Object.hasOwn(labels, EXCLUDE_LABEL);
      return [name, { name, labels, networkUnavailable: facts.networkUnavailable === true, excluded }];
    }),
  );
}
