import { listOf, objectOf, textOf, valueAt, type Json, type JsonObject } from "../objects/json.js";

/** One endpoint of a Service, as far as announcing goes. */
export interface EndpointFacts {
  /** Absent: it counts for the cluster, and for no node. */
  readonly node?: string | undefined;
  /** Ready or not said, else serving: pods that end still count while they serve. */
  readonly serves: boolean;
  /** False: an endpoint without addresses, which BGP does not count. */
  readonly hasAddress: boolean;
}

/** The endpoints of all Services. */
export interface EndpointsBook {
  /**
   * Undefined when there is no EndpointSlice object at all: whoever describes Services in files alone says nothing about
   * their pods, and they count as served from every node. From the first slice on, a Service without slices has none.
   */
  of(serviceKey: string): readonly EndpointFacts[] | undefined;
}

function endpointFrom(value: Json): EndpointFacts {
  const endpoint = objectOf(value);
  const { ready, serving } = objectOf(endpoint.conditions);
  const node = textOf(endpoint.nodeName);
  return {
    ...(node === undefined ? {} : { node }),
    serves: canServe(ready, serving),
    hasAddress: listOf(endpoint.addresses).length > 0,
  };
}

/** Unknown readiness counts as ready. */
export function canServe(ready: Json | undefined, serving: Json | undefined): boolean {
  return ready === undefined || ready === null || ready === true || serving === true;
}

export function endpointsBook(slices: readonly JsonObject[]): EndpointsBook {
  if (slices.length === 0) return { of: () => undefined };
  const byService = new Map<string, EndpointFacts[]>();
  for (const slice of slices) {
    const namespace = textOf(valueAt(slice, ["metadata", "namespace"])) ?? "default";
    const service = textOf(valueAt(slice, ["metadata", "labels", "kubernetes.io/service-name"]));
    if (service === undefined) continue;
    const key = `${namespace}/${service}`;
    const endpoints = byService.get(key) ?? [];
    endpoints.push(...listOf(slice.endpoints).map(endpointFrom));
    byService.set(key, endpoints);
  }
  const none: readonly EndpointFacts[] = [];
  return { of: (key) => byService.get(key) ?? none };
}
