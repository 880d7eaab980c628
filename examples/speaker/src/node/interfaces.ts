import { networkInterfaces } from "node:os";

/** Interfaces of containers and tunnels, on which no client of a service sits. */
const NOT_FOR_CLIENTS = /^(lo|docker|cbr|dummy|virbr|lxcbr|lxc|veth|cali|tunl|flannel|kube-ipvs|cni|nodelocaldns|br-)/;

/** Interfaces that have an address and may have clients behind them, by name. */
export function clientInterfaces(): string[] {
  return Object.entries(networkInterfaces())
    .filter(([name, addresses]) => !NOT_FOR_CLIENTS.test(name) && addresses?.some(({ internal }) => !internal) === true)
    .map(([name]) => name)
    .sort();
}
