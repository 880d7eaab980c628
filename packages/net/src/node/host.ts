import { VipkitError } from "../errors.js";
import type { Host } from "../machine/ports.js";
import { systemClock } from "./clock.js";
import { secureRandom } from "./random.js";
import { dialPlain, listenPlain } from "./tcp.js";
import { bindUdp } from "./udp.js";

/**
 * The host this program runs on, by what Node.js itself offers on every platform: clock, randomness, UDP and TCP. Raw frames,
 * TCP-MD5, TTL rules and device binding are the business of `linuxHost()` in `@vipkit/link/node`.
 */
export function nodeHost(): Host {
  return {
    clock: systemClock,
    random: secureRandom,
    bind: bindUdp,
    listen: listenPlain,
    dial: dialPlain,
    openLink: (interfaceName) =>
      Promise.reject(
        new VipkitError(
          "ERR_LINK_UNSUPPORTED",
          `raw frames on "${interfaceName}" need linuxHost() of @vipkit/link/node, on Linux`,
          { found: interfaceName, allowed: "@vipkit/link" },
        ),
      ),
  };
}
