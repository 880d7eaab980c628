import { tryParseIp, type Ip } from "@vipkit/net";
import {
  integerOf,
  listOf,
  objectOf,
  textMapOf,
  textOf,
  textsOf,
  type Json,
  type JsonObject,
} from "../objects/json.js";

export type Labels = Readonly<Record<string, string>>;

/** One entry of `status.loadBalancer.ingress`. */
export interface Ingress {
  readonly ip?: string | undefined;
  readonly hostname?: string | undefined;
}

/** What vipkit looks at of a Service. */
export interface Service {
  /** `namespace/name` */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** `ClusterIP` where the object says none, as in the API. */
  readonly type: string;
  /** As stored; `None` of a headless Service included. */
  readonly clusterIPs: readonly string[];
  /** In the order of preference: `IPv4`, `IPv6`. */
  readonly ipFamilies: readonly string[];
  readonly ipFamilyPolicy: string;
  readonly loadBalancerIP: string;
  readonly loadBalancerClass: string | undefined;
  readonly externalTrafficPolicy: string;
  readonly ports: readonly { readonly protocol: string; readonly port: number }[];
  readonly selector: Labels;
  readonly ingress: readonly Ingress[];
  /** `metadata.creationTimestamp` */
  readonly createdAt: string | undefined;
}

/** The Service in an object, with the defaults of the API. Members of a wrong type count as absent. */
export function serviceFrom(object: JsonObject): Service {
  const metadata = objectOf(object.metadata);
  const spec = objectOf(object.spec);
  const status = objectOf(objectOf(object.status).loadBalancer);
  const namespace = textOf(metadata.namespace) ?? "default";
  const name = textOf(metadata.name) ?? "";
  const clusterIPs = textsOf(spec.clusterIPs);
  const clusterIP = textOf(spec.clusterIP) ?? "";
  return {
    key: `${namespace}/${name}`,
    namespace,
    name,
    labels: textMapOf(metadata.labels),
    annotations: textMapOf(metadata.annotations),
    type: textOf(spec.type) ?? "ClusterIP",
    clusterIPs: clusterIPs.length > 0 ? clusterIPs : clusterIP === "" ? [] : [clusterIP],
    ipFamilies: textsOf(spec.ipFamilies),
    ipFamilyPolicy: textOf(spec.ipFamilyPolicy) ?? "SingleStack",
    loadBalancerIP: textOf(spec.loadBalancerIP) ?? "",
    loadBalancerClass: textOf(spec.loadBalancerClass),
    externalTrafficPolicy: textOf(spec.externalTrafficPolicy) ?? "Cluster",
    ports: listOf(spec.ports).map(portOf),
    selector: textMapOf(spec.selector),
    ingress: listOf(status.ingress).map(ingressOf),
    createdAt: textOf(metadata.creationTimestamp),
  };
}

function portOf(value: Json): { protocol: string; port: number } {
  const { protocol, port } = objectOf(value);
  return { protocol: textOf(protocol) ?? "TCP", port: integerOf(port) ?? 0 };
}

/** An entry of the status as stored; only `ip` and `hostname` are looked at. */
function ingressOf(value: Json): Ingress {
  const { ip, hostname } = objectOf(value);
  const [text, host] = [textOf(ip), textOf(hostname)];
  return { ...(text === undefined ? {} : { ip: text }), ...(host === undefined ? {} : { hostname: host }) };
}

/** The addresses in the status, in its order; entries with a hostname alone are passed over. Undefined = not an address. */
export function ingressIps({ ingress }: Pick<Service, "ingress">): (Ip | undefined)[] {
  return ingress.flatMap(({ ip }) => (ip === undefined || ip === "" ? [] : [tryParseIp(ip)]));
}
