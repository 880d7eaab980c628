/**
 * The other ends of the measured sessions, in a process of their own: `far.ts COUNT`. Takes messages: `true` and `false` cut what
 * it sends and let it through again, `"downs"` asks how often a session has gone down.
 */
import { createBfdSpeaker } from "@vipkit/bfd/node";
import { linuxHost, runInRealtime } from "@vipkit/link/node";
import type { Host } from "@vipkit/net";
import { farAddress, nearAddress, NO_DAMPING, TIMERS } from "./sessions.js";

if (process.env.VIPKIT_BFD_REALTIME === "1") runInRealtime();
let cut = false;
const real = linuxHost();
const host: Host = {
  ...real,
  bind: async (local, options) => {
    const socket = await real.bind(local, options);
    return {
      local: socket.local,
      send: (bytes, to) => {
        if (!cut) socket.send(bytes, to);
      },
      onDatagram: (handler) => socket.onDatagram(handler),
      onError: (handler) => socket.onError(handler),
      close: () => socket.close(),
    };
  },
};
const bfd = createBfdSpeaker({ host });
let downs = 0;
for (let at = 0; at < Number(process.argv[2]); at += 1) {
  const ends = { local: farAddress(at), remote: nearAddress(at) };
  const session = await bfd.startSession({ name: `${at}`, ...ends, damping: NO_DAMPING, ...TIMERS });
  session.onEvent(({ type }) => {
    if (type === "down") downs += 1;
  });
}
process.on("message", (message) => {
  if (message === "downs") process.send?.({ downs, maxLagMs: bfd.maxLagMs });
  else cut = message === true;
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
