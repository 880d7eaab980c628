import { tryParseIp, type Ip } from "@vipkit/net";
import { familyOfIps, type ServiceFamily } from "../cluster/family.js";
import type { Service } from "../cluster/service.js";
import { requestOf } from "./annotations.js";

export type RequestedIps =
  | { readonly ok: true; readonly ips: readonly Ip[]; readonly family: ServiceFamily | undefined }
  | {
      readonly ok: false;
      readonly code: "request_twice" | "request_address" | "request_families";
      readonly message: string;
    };

/** The fixed addresses that a Service asks for, in its annotation or in `spec.loadBalancerIP`; none is an empty list. */
export function requestedIps({ annotations, loadBalancerIP }: Service): RequestedIps {
  const list = requestOf(annotations, "loadBalancerIPs");
  if (list === "" && loadBalancerIP === "") return { ok: true, ips: [], family: undefined };
  if (list !== "" && loadBalancerIP !== "") {
    return {
      ok: false,
      code: "request_twice",
      message: "addresses are asked for in spec.loadBalancerIP and in an annotation",
    };
  }
  const texts = list === "" ? [loadBalancerIP] : list.split(",").map((text) => text.trim());
  const ips = texts.map(tryParseIp);
  const wrong = texts[ips.indexOf(undefined)];
  if (wrong !== undefined) return { ok: false, code: "request_address", message: `"${wrong}" is not an address` };
  const read = familyOfIps(ips);
  if (!read.ok) return { ok: false, code: "request_families", message: read.message };
  return { ok: true, ips: ips.filter((ip) => ip !== undefined), family: read.family };
}
