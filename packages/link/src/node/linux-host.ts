import type { BindOptions, DatagramSocket, Endpoint, Host } from "@vipkit/net";
import { kernelOptionOf, nodeHost } from "@vipkit/net/node";
import { openLink, type OpenLinkOptions } from "./frame-link.js";
import { dialTcp, listenTcp } from "./tcp.js";
import { bindLinuxUdp } from "./udp.js";

export interface LinuxHostOptions {
  /** A name of `ip netns`, or a path to a namespace file: everything this host opens is opened there. */
  readonly namespace?: string | undefined;
  /** For every link that is opened. */
  readonly link?: Omit<OpenLinkOptions, "namespace"> | undefined;
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
  const bind = async (local: Endpoint, wanted: BindOptions = {}): Promise<DatagramSocket> => {
    const isAsked = Object.values(wanted).some((value) => value !== undefined && value !== false);
    return namespace === undefined && !isAsked ? plain.bind(local) : bindLinuxUdp(local, { ...wanted, namespace });
  };
  return {
    ...plain,
    bind,
    listen: (wanted, onStream) =>
      isPlain(wanted) ? plain.listen(wanted, onStream) : listenTcp({ ...wanted, namespace }, onStream),
    dial: (wanted) => (isPlain(wanted) ? plain.dial(wanted) : dialTcp({ ...wanted, namespace })),
    openLink: (name) => openLink(name, { ...link, namespace }),
  };
}
