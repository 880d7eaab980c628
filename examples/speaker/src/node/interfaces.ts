import { watchInterfaces, type Interface } from "@vipkit/link/node";

/** Interfaces of containers and tunnels, behind which no client of a service sits: those that MetalLB leaves out too. */
const NOT_FOR_CLIENTS = /^(docker|cbr|dummy|virbr|lxcbr|lxc|veth|cali|tunl|flannel|kube-ipvs|cni|nodelocaldns)/;

/** Names of the interfaces that may have clients. Where only the left-out kind exists, that is what is meant. */
export function clientInterfaces(interfaces: readonly Pick<Interface, "name" | "ethernet" | "master">[]): string[] {
  // A port of a bridge or bond hears what its master answers for.
  const able = interfaces.filter(({ ethernet, master }) => ethernet && master === 0);
  const usual = able.filter(({ name }) => !NOT_FOR_CLIENTS.test(name));
  return (usual.length > 0 ? usual : able).map(({ name }) => name).sort();
}

/** Tells the names now and whenever they change. Returns a function that ends it. */
export function followClientInterfaces(changed: (names: readonly string[]) => void): () => void {
  const present = new Map<number, Interface>();
  let last: string | undefined;
  const watch = watchInterfaces((event) => {
    if (event.type === "removed") present.delete(event.interface.index);
    else present.set(event.interface.index, event.interface);
    const names = clientInterfaces([...present.values()]);
    if (names.join() === last) return;
    last = names.join();
    changed(names);
  });
  return () => watch.close();
}
