export { startMember, type Member, type MemberOptions } from "./member.js";
