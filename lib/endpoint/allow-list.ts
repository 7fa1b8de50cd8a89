import { BlockList, isIP } from 'node:net';
import { NexoError } from '../protocol/errors.ts';

const MAPPED_PREFIX = '::ffff:';
/** Number of cached decisions: the look-up of an address costs more than the rest of the check. */
const MAX_CACHED = 1024;

/** An address in the form that lists use: an IPv4 address of an IPv6 socket (`::ffff:…`) without its prefix. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  const mapped = address.startsWith(MAPPED_PREFIX) && isIP(address.slice(MAPPED_PREFIX.length)) === 4;
  return mapped ? address.slice(MAPPED_PREFIX.length) : address;
}

/**
 * Creates the check whether an address may call.
 *
 * @param allowed IP addresses and networks (`192.168.1.0/24`); empty: every address may call
 * @throws NexoError `endpoint_allow` for an entry that is neither
 */
export function allowList(allowed: readonly string[]): (address: string) => boolean {
  if (allowed.length === 0) return () => true;
  const list = new BlockList();
  for (const entry of allowed) add(list, entry.trim());
  const decisions = new Map<string, boolean>();
  return (address) => {
    let decision = decisions.get(address);
    if (decision === undefined) {
      const version = isIP(address);
      decision = version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
      if (decisions.size >= MAX_CACHED) decisions.clear();
      decisions.set(address, decision);
    }
    return decision;
  };
}

/** Networks that cannot be reached from outside: RFC 1918, link-local, loopback. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '127.0.0.0/8'];

/**
 * Creates the check whether a terminal may be at the IP address it announces. With a list of allowed callers: at every
 * address of that list. Without one: only at the address it calls from, and only if that is private. A forged
 * announcement therefore cannot redirect the POS's messages to another machine or out of the network.
 *
 * @param allowed as for `allowList`
 * @returns the check; its `sender` is absent for an address that was verified before
 * @throws NexoError `endpoint_allow`
 */
export function mayBeAt(allowed: readonly string[]): (address: string, sender?: string) => boolean {
  if (allowed.length > 0) return allowList(allowed);
  const isPrivate = allowList(PRIVATE);
  return (address, sender) => isPrivate(address) && (sender === undefined || sender === address);
}

function add(list: BlockList, entry: string): void {
  const [written = '', prefix, ...rest] = entry.split('/');
  const address = plainAddress(written.toLowerCase());
  const version = isIP(address);
  const bits = prefix === undefined ? undefined : Number(prefix);
  const fits = bits === undefined || (/^\d{1,3}$/.test(prefix ?? '') && bits <= (version === 4 ? 32 : 128));
  if (version === 0 || !fits || rest.length > 0 || (bits !== undefined && address !== written.toLowerCase())) {
    throw new NexoError(
      'endpoint_allow',
      `"${entry.slice(0, 60)}" is not an IP address or network: enter addresses such as 192.168.1.20 or 192.168.1.0/24.`,
      { path: 'allow' },
    );
  }
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, bits, family);
}
