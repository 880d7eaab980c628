import { encodeArpAnnouncement, type ArpAnnouncementForm } from "@vipkit/arp";
import { encodeDadProbe, encodeNdpAnnouncement } from "@vipkit/ndp";
import { fromHex, isIpv4, ParseError, parseIp, parseIpv6, parseMac, toHex, type Ipv4, type Ipv6 } from "@vipkit/net";

const ARP_FORMS: readonly unknown[] = [
  undefined,
  "request",
  "reply",
  "both",
  "probe",
  "metallb-request",
  "metallb-reply",
] satisfies readonly (ArpAnnouncementForm | undefined)[];

interface Request {
  readonly address: string;
  readonly mac: string;
  readonly form?: string;
  readonly vlan?: number;
  readonly to?: string | { readonly ip: string; readonly mac: string };
  readonly source?: string;
  readonly router?: boolean;
  readonly anycast?: boolean;
  readonly nonce?: string;
}

function unknownForm(form: unknown): ParseError {
  return new ParseError("ERR_FORM", `there is no announcement of the form ${JSON.stringify(form)} in this family`);
}

function overArp(address: Ipv4, request: Request): Uint8Array[] {
  const { form, vlan, to } = request;
  if (!ARP_FORMS.includes(form)) throw unknownForm(form);
  return encodeArpAnnouncement({
    address,
    mac: parseMac(request.mac),
    form: form as ArpAnnouncementForm | undefined,
    vlan,
    to: to === undefined ? undefined : parseMac(typeof to === "string" ? to : to.mac),
  });
}

function overNdp(address: Ipv6, request: Request): Uint8Array[] {
  const { form, vlan, to, source, router, anycast, nonce } = request;
  const mac = parseMac(request.mac);
  if (form === "dad") {
    return [encodeDadProbe({ address, mac, vlan, nonce: nonce === undefined ? undefined : fromHex(nonce) })];
  }
  if (form !== undefined && form !== "none") throw unknownForm(form);
  if (typeof to === "string") throw new ParseError("ERR_INPUT", "an IPv6 announcement goes to {ip, mac}");
  return [
    encodeNdpAnnouncement({
      address,
      mac,
      vlan,
      to: to === undefined ? undefined : { ip: parseIpv6(to.ip), mac: parseMac(to.mac) },
      source: source === undefined ? undefined : parseIpv6(source),
      router,
      anycast,
    }),
  ];
}

export const answer = (line: Record<string, unknown>): object => {
  const request = line.request as Request | undefined;
  if (typeof request?.address !== "string" || typeof request.mac !== "string") {
    throw new ParseError("ERR_INPUT", "request needs address and mac");
  }
  const address = parseIp(request.address);
  const frames = isIpv4(address) ? overArp(address, request) : overNdp(address, request);
  return { out: frames.map(toHex) };
};
