/** The cluster of the demonstration: who is in it, and the files that its speakers read. */

export interface DemoNode {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly mac: string;
}

function host(name: string, number: number): DemoNode {
  const hex = number.toString(16).padStart(2, "0");
  return { name, ipv4: `192.0.2.${number}`, ipv6: `2001:db8::${number}`, mac: `02:00:00:00:00:${hex}` };
}

export const NODES: readonly DemoNode[] = [host("node-a", 11), host("node-b", 12), host("node-c", 13)];
export const CLIENT: DemoNode = host("client", 50);
export const ROUTER: DemoNode = host("router", 1);

/** The link-local address of a demonstration host. */
export function linkLocalOf({ ipv4 }: DemoNode): string {
  return `fe80::${ipv4.slice(ipv4.lastIndexOf(".") + 1)}`;
}

export const NODE_ASN = 64_500;
export const ROUTER_ASN = 64_501;
export const BGP_PORT = 179;
/** The shortest hold time that BGP allows, so that the router notices a dead node within the demonstration. */
const HOLD_SECONDS = 3;

const nodes = NODES.map(
  ({ name, ipv4, ipv6 }) => `---
apiVersion: v1
kind: Node
metadata: { name: ${name}, labels: { kubernetes.io/hostname: ${name} } }
status:
  addresses:
  - { type: InternalIP, address: ${ipv4} }
  - { type: InternalIP, address: "${ipv6}" }
`,
).join("");

/** MetalLB's old ConfigMap and its newer objects, side by side in one file. */
const config = `apiVersion: v1
kind: ConfigMap
metadata: { namespace: metallb-system, name: config }
data:
  config: |
    address-pools:
    - name: lan
      protocol: layer2
      avoid-buggy-ips: true
      addresses:
      - 192.0.2.100-192.0.2.110
      - 2001:db8::100-2001:db8::110
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { namespace: metallb-system, name: routed }
spec:
  addresses: [198.51.100.0/28, "2001:db8:1::/124"]
  autoAssign: false
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: { namespace: metallb-system, name: routed }
spec: { ipAddressPools: [routed], communities: ["64500:100"] }
${[ROUTER.ipv4, ROUTER.ipv6]
  .map(
    (address, index) => `---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { namespace: metallb-system, name: router-${index === 0 ? "ipv4" : "ipv6"} }
spec:
  myASN: ${NODE_ASN}
  peerASN: ${ROUTER_ASN}
  peerAddress: "${address}"
  holdTime: ${HOLD_SECONDS}s
`,
  )
  .join("")}${nodes}`;

function service(
  name: string,
  options: { annotations?: string; families?: string; port?: string; extra?: string } = {},
): string {
  const { annotations = "", families = "[IPv4]", port = "80", extra = "" } = options;
  return `---
apiVersion: v1
kind: Service
metadata: { namespace: default, name: ${name}, annotations: { ${annotations} } }
spec:
  type: LoadBalancer
  selector: { app: ${name} }
  ipFamilies: ${families}
  ${extra}
  ports: [{ port: ${port}, protocol: TCP }]
`;
}

/** The Services that are there from the start. */
const services =
  service("web") +
  service("web6", { families: "[IPv6]" }) +
  service("mail", {
    annotations: "metallb.universe.tf/allow-shared-ip: office",
    port: "25",
    extra: "loadBalancerIP: 192.0.2.105",
  }) +
  service("imap", {
    annotations: "metallb.universe.tf/allow-shared-ip: office",
    port: "143",
    extra: "loadBalancerIP: 192.0.2.105",
  });

/** The Services that go out by BGP; the demonstration removes this file in the end. */
const routed =
  service("api", { annotations: "metallb.io/address-pool: routed" }) +
  service("api6", { annotations: "metallb.io/address-pool: routed", families: "[IPv6]" });

export const ROUTED_FILE = "30-routed-services.yaml";

export const FILES: readonly { readonly name: string; readonly text: string }[] = [
  { name: "10-config.yaml", text: config },
  { name: "20-services.yaml", text: services },
  { name: ROUTED_FILE, text: routed },
];

/** Services, and how many of them must have an address before the curtain rises. */
export const SERVICE_COUNT = 6;
/** Routes that each living node advertises. */
export const ROUTED_COUNT = 2;
