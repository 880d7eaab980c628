import type { Field } from "./field.js";

const UINT32 = 0xffff_ffff;
const INT32 = 0x7fff_ffff;

const text: Field = { type: "text" };
const texts: Field = { type: "list", of: text };
const boolean: Field = { type: "boolean" };
const duration: Field = { type: "duration" };
const selector: Field = { type: "selector" };
const selectors: Field = { type: "list", of: selector };
const integer = (min: number, max: number): Field => ({ type: "integer", min, max });
const object = (fields: Readonly<Record<string, Field>>): Field => ({ type: "object", fields });

/** The spec of each kind of the group metallb.io: names, types and bounds of the API schema. */
export const SPECS: Readonly<Record<string, Field>> = {
  IPAddressPool: object({
    addresses: { type: "list", of: text },
    autoAssign: boolean,
    avoidBuggyIPs: boolean,
    serviceAllocation: object({
      priority: integer(-INT32 - 1, INT32),
      namespaces: texts,
      namespaceSelectors: selectors,
      serviceSelectors: selectors,
    }),
  }),
  L2Advertisement: object({
    ipAddressPools: texts,
    ipAddressPoolSelectors: selectors,
    nodeSelectors: selectors,
    interfaces: texts,
    serviceSelectors: selectors,
    preferredNodeSelectors: {
      type: "list",
      of: object({
        weight: { type: "integer", min: 1, max: 100, required: true },
        preference: { type: "selector", required: true },
      }),
    },
  }),
  BGPAdvertisement: object({
    aggregationLength: integer(1, INT32),
    aggregationLengthV6: integer(-INT32 - 1, INT32),
    localPref: integer(0, UINT32),
    asPathPrepend: integer(1, 10),
    communities: texts,
    ipAddressPools: texts,
    ipAddressPoolSelectors: selectors,
    nodeSelectors: selectors,
    peers: texts,
    serviceSelectors: selectors,
  }),
  BGPPeer: object({
    myASN: integer(0, UINT32),
    peerASN: integer(0, UINT32),
    dynamicASN: text,
    localASN: integer(0, UINT32),
    peerAddress: text,
    interface: text,
    sourceAddress: text,
    peerPort: integer(0, 16384),
    holdTime: duration,
    keepaliveTime: duration,
    connectTime: duration,
    routerID: text,
    nodeSelectors: selectors,
    password: { type: "text", secret: true },
    passwordSecret: object({ name: text, namespace: text }),
    bfdProfile: text,
    enableGracefulRestart: boolean,
    ebgpMultiHop: boolean,
    vrf: text,
    disableMP: boolean,
    dualStackAddressFamily: boolean,
  }),
  BFDProfile: object({
    receiveInterval: integer(10, 60000),
    transmitInterval: integer(10, 60000),
    detectMultiplier: integer(2, 255),
    echoInterval: integer(10, 60000),
    echoMode: boolean,
    passiveMode: boolean,
    minimumTtl: integer(1, 254),
  }),
  Community: object({ communities: { type: "list", of: object({ name: text, value: text }) } }),
};

/** The body of the legacy ConfigMap (MetalLB 0.8 to 0.12). */
export const LEGACY: Field = object({
  peers: {
    type: "list",
    of: object({
      "my-asn": integer(0, UINT32),
      "peer-asn": integer(0, UINT32),
      "peer-address": text,
      "source-address": text,
      "peer-port": integer(0, 16384),
      "hold-time": duration,
      "keepalive-time": duration,
      "router-id": text,
      "node-selectors": {
        type: "list",
        of: object({
          "match-labels": { type: "texts" },
          "match-expressions": {
            type: "list",
            of: object({
              key: text,
              operator: { type: "text", oneOf: ["In", "NotIn", "Exists", "DoesNotExist"] },
              values: texts,
            }),
          },
        }),
      },
      password: { type: "text", secret: true },
      "bfd-profile": text,
      "ebgp-multihop": boolean,
    }),
  },
  "bgp-communities": { type: "texts" },
  "address-pools": {
    type: "list",
    of: object({
      protocol: { type: "text", oneOf: ["layer2", "bgp"], required: true },
      name: text,
      addresses: texts,
      "auto-assign": boolean,
      "avoid-buggy-ips": boolean,
      "bgp-advertisements": {
        type: "list",
        of: object({
          "aggregation-length": integer(1, INT32),
          "aggregation-length-v6": integer(-INT32 - 1, INT32),
          localpref: integer(0, UINT32),
          communities: texts,
        }),
      },
    }),
  },
  "bfd-profiles": {
    type: "list",
    of: object({
      name: text,
      "receive-interval": integer(10, 60000),
      "transmit-interval": integer(10, 60000),
      "detect-multiplier": integer(2, 255),
      "echo-interval": integer(10, 60000),
      "echo-mode": boolean,
      "passive-mode": boolean,
      "minimum-ttl": integer(1, 254),
    }),
  },
});
