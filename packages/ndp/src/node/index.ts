export { startNdp, type NdpEvent, type NdpOptions, type NdpSnapshot, type NdpSpeaker } from "./start-ndp.js";
