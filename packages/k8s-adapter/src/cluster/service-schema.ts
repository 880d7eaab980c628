import type { Field } from "../config/field.js";

const text: Field = { type: "text" };
const texts: Field = { type: "list", of: text };
const anything: Field = { type: "anything" };

const PORT: Field = {
  type: "object",
  fields: {
    name: text,
    protocol: text,
    port: { type: "integer", min: 1, max: 65535, required: true },
    targetPort: anything,
    nodePort: anything,
    appProtocol: anything,
  },
};

/** The spec of a Service: what vipkit reads is checked, the rest of the API's fields may be anything. */
export const SERVICE: Field = {
  type: "object",
  fields: {
    type: { type: "text", oneOf: ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"] },
    ports: { type: "list", of: PORT },
    selector: { type: "texts" },
    clusterIP: text,
    clusterIPs: texts,
    ipFamilies: { type: "list", of: { type: "text", oneOf: ["IPv4", "IPv6"] } },
    ipFamilyPolicy: { type: "text", oneOf: ["SingleStack", "PreferDualStack", "RequireDualStack"] },
    loadBalancerIP: text,
    loadBalancerClass: text,
    externalTrafficPolicy: { type: "text", oneOf: ["Cluster", "Local"] },
    internalTrafficPolicy: anything,
    allocateLoadBalancerNodePorts: anything,
    externalIPs: anything,
    externalName: anything,
    healthCheckNodePort: anything,
    loadBalancerSourceRanges: anything,
    publishNotReadyAddresses: anything,
    sessionAffinity: anything,
    sessionAffinityConfig: anything,
    topologyKeys: anything,
    trafficDistribution: anything,
  },
};
