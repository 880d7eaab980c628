import type { Claim } from "@vipkit/allocator";
import type { IpFamily } from "@vipkit/net";
import type { ServiceFamily } from "../cluster/family.js";
import type { Service } from "../cluster/service.js";
import { requestOf } from "./annotations.js";

/** What a Service claims, without pool and addresses. */
export function claimOf(service: Service, family: ServiceFamily): Claim {
  return {
    owner: service.key,
    namespace: service.namespace,
    labels: service.labels,
    family,
    familyPolicy: policyOf(service),
    ipFamilies: service.ipFamilies.flatMap((name): IpFamily[] =>
      name === "IPv4" ? ["ipv4"] : name === "IPv6" ? ["ipv6"] : [],
    ),
    ports: service.ports.map(({ protocol, port }) => `${protocol.toLowerCase()}/${port}`),
    sharingKey: requestOf(service.annotations, "allow-shared-ip"),
    backendKey: backendKey(service),
  };
}

/** Services that keep the client's address may share only with those that have the same pods. */
function backendKey({ externalTrafficPolicy, selector }: Pick<Service, "externalTrafficPolicy" | "selector">): string {
  if (externalTrafficPolicy !== "Local") return "";
  const pairs = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(",");
}

function policyOf({ ipFamilyPolicy }: Service): "SingleStack" | "PreferDualStack" | "RequireDualStack" {
  return ipFamilyPolicy === "PreferDualStack" || ipFamilyPolicy === "RequireDualStack" ? ipFamilyPolicy : "SingleStack";
}
