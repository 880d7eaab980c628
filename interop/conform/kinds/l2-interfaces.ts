import { l2Interfaces } from "@vipkit/k8s-adapter";
import { l2Advertisements } from "../shapes/advertisements.js";

/** `{advertisements}` to `{allInterfaces, interfaces}`. */
export const answer = ({ advertisements }: Readonly<Record<string, unknown>>): object => {
  const { allInterfaces, interfaces } = l2Interfaces(l2Advertisements(advertisements));
  return allInterfaces ? { allInterfaces } : { allInterfaces, interfaces };
};
