import type { DatagramSocket, Endpoint, Host } from "@vipkit/net";

/** A host whose datagrams can be held back in both directions while its clock goes on, as on a starved machine. */
export interface HoldableHost extends Host {
  /** Holds all datagrams for so long, then lets them go in order. */
  hold(forMs: number): void;
}

export function holdableHost(host: Host): HoldableHost {
  const held: (() => void)[] = [];
  let holding = false;
  const passOrHold = (act: () => void): void => {
    if (holding) held.push(act);
    else act();
  };
  const bind = async (local: Endpoint): Promise<DatagramSocket> => {
    const socket = await host.bind(local);
    return {
      local: socket.local,
      send: (bytes, to) => passOrHold(() => socket.send(bytes, to)),
      onDatagram: (handler) => socket.onDatagram((bytes, from) => passOrHold(() => handler(bytes, from))),
      onError: (handler) => socket.onError(handler),
      close: () => socket.close(),
    };
  };
  return {
    clock: host.clock,
    random: () => host.random(),
    bind,
    listen: (options, onStream) => host.listen(options, onStream),
    dial: (options) => host.dial(options),
    openLink: (name) => host.openLink(name),
    hold: (forMs) => {
      holding = true;
      host.clock.after(forMs, () => {
        holding = false;
        for (const act of held.splice(0)) act();
      });
    },
  };
}
