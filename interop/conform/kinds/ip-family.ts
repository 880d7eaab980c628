import { familyOfTexts } from "@vipkit/k8s-adapter";

interface Spec {
  readonly clusterIPs?: readonly string[];
  readonly clusterIP?: string;
}

/** `{ips}` or `{service}` to `{family}`; a Service has the family of its cluster addresses. */
export const answer = ({ ips, service }: Readonly<Record<string, unknown>>): object => {
  const read = familyOfTexts((ips as readonly string[] | undefined) ?? clusterIps(service));
  return read.ok ? { family: read.family } : { error: { code: read.code, message: read.message } };
};

/** The Service may be flat, or an object with a spec. */
function clusterIps(service: unknown): readonly string[] {
  const { spec, ...flat } = (service ?? {}) as { readonly spec?: Spec } & Spec;
  const { clusterIPs = [], clusterIP = "" } = spec ?? flat;
  return clusterIPs.length > 0 ? clusterIPs : [clusterIP];
}
