import { createAllocator } from "@vipkit/allocator";
import {
  decideAllocation,
  decideAnnouncements,
  nodeObject,
  readCluster,
  readConfig,
  readDocuments,
  type Config,
} from "@vipkit/k8s-adapter";
import { VipkitError } from "@vipkit/net";
import { median, type Bench } from "../report.js";

const SERVICES = 1000;
const ROUNDS = 9;
const NODES = ["node-a", "node-b", "node-c"];

const POOL = `{ apiVersion: metallb.io/v1beta1, kind: IPAddressPool, metadata: { name: p }, spec: { addresses: [10.0.0.0/16] } }
---
{ apiVersion: metallb.io/v1beta1, kind: L2Advertisement, metadata: { name: l2 } }
---
{ apiVersion: metallb.io/v1beta1, kind: BGPAdvertisement, metadata: { name: bgp } }
---
{ apiVersion: metallb.io/v1beta2, kind: BGPPeer, metadata: { name: router }, spec: { myASN: 64512, peerASN: 64513, peerAddress: 10.255.0.1 } }
`;

const SERVICE = `---
apiVersion: v1
kind: Service
metadata:
  name: service-NUMBER
  namespace: default
spec:
  type: LoadBalancer
  ports:
    - port: 80
`;

/** Milliseconds of each round; the first two are not counted. */
function milliseconds(run: () => unknown): number[] {
  return Array.from({ length: ROUNDS + 2 }, () => {
    const start = process.hrtime.bigint();
    run();
    return Number(process.hrtime.bigint() - start) / 1e6;
  }).slice(2);
}

function configOf(objects: Parameters<typeof readConfig>[0]): Config {
  const read = readConfig(objects);
  if (!read.ok) throw new VipkitError("ERR_BENCH", "the configuration of the benchmark is wrong");
  return read.config;
}

/** What a speaker does with 1,000 Services: read the files, give addresses, decide again, say who announces. */
export const bench: Bench = ({ report }) => {
  const text = POOL + Array.from({ length: SERVICES }, (_, index) => SERVICE.replace("NUMBER", String(index))).join("");
  const files = [{ path: "cluster.yaml", text }];
  const objects = [...readDocuments(files).objects, ...NODES.map((name) => nodeObject(name))];
  const config = configOf(objects);
  const cluster = readCluster(objects);
  const fresh = { config, services: cluster.services, familiesWithoutClusterIP: true };
  const allocator = createAllocator();
  const { services } = decideAllocation({ ...fresh, allocator });
  const cases: readonly (readonly [string, () => unknown])[] = [
    ["read 1,000 Services from YAML", () => readDocuments(files)],
    ["configuration and cluster from objects", () => [readConfig(objects), readCluster(objects)]],
    ["1,000 Services from nothing to addresses", () => decideAllocation({ ...fresh, allocator: createAllocator() })],
    ["1,000 Services decided again, nothing changed", () => decideAllocation({ ...fresh, services, allocator })],
    [
      "announcements of 1,000 Services, layer 2 and BGP",
      () => decideAnnouncements({ ...cluster, config, services, node: "node-a", members: NODES }),
    ],
  ];
  for (const [name, run] of cases) {
    report({ bench: "k8s", case: name, unit: "ms", value: median(milliseconds(run)), n: ROUNDS });
  }
  return Promise.resolve();
};
