export { startArp, type ArpEvent, type ArpOptions, type ArpSnapshot, type ArpSpeaker } from "./start-arp.js";
