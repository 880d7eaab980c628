import type { DatagramSocket, Endpoint, Host } from "@vipkit/net";
import { bindUdp, kernelOptionOf, nodeHost } from "@vipkit/net/node";
import { openLink, type OpenLinkOptions } from "./frame-link.js";
import { inNamespace } from "./namespace.js";
import { dialTcp, listenTcp } from "./tcp.js";

export interface LinuxHostOptions {
  /**
   * A name of `ip netns`, or a path to a namespace file: everything this host opens is opened there. UDP to link-local
   * addresses is not possible then: Node.js looks up the zone at home.
   */
  readonly namespace?: string | undefined;
  /** For every link that is opened. */
  readonly link?: Omit<OpenLinkOptions, "namespace"> | undefined;
}

async function bindIn(namespace: string, local: Endpoint): Promise<DatagramSocket> {
  let bound: Promise<DatagramSocket> | undefined;
  // The socket is made and bound before this returns; only the answer comes later.
  inNamespace(namespace, () => {
    bound = bindUdp(local);
  });
  return bound!;
}

/**
 * The Linux host this program runs on: what `nodeHost()` of `@vipkit/net/node` offers, and raw frames, TCP-MD5, TTL rules,
 * device binding and TCP_USER_TIMEOUT besides. Nothing native is loaded before one of these is asked for.
 */
export function linuxHost(options: LinuxHostOptions = {}): Host {
  const { namespace, link = {} } = options;
  const plain = nodeHost();
  const isPlain = (wanted: Parameters<typeof kernelOptionOf>[0]): boolean =>
    namespace === undefined && kernelOptionOf(wanted) === undefined;
  return {
    ...plain,
    bind: (local) => (namespace === undefined ? plain.bind(local) : bindIn(namespace, local)),
    listen: (wanted, onStream) =>
      isPlain(wanted) ? plain.listen(wanted, onStream) : listenTcp({ ...wanted, namespace }, onStream),
    dial: (wanted) => (isPlain(wanted) ? plain.dial(wanted) : dialTcp({ ...wanted, namespace })),
    openLink: (name) => openLink(name, { ...link, namespace }),
  };
}
