import { BlockList, isIP } from 'node:net';
import { NexoError } from '../protocol/errors.ts';

const MAPPED = '::ffff:';
/** Decisions that are remembered: looking an address up costs more than the rest of the check. */
const REMEMBERED = 1024;

/** An address as lists name it: IPv4 addresses that came in through an IPv6 socket lose their prefix. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  const mapped = address.startsWith(MAPPED) && isIP(address.slice(MAPPED.length)) === 4;
  return mapped ? address.slice(MAPPED.length) : address;
}

/**
 * A test of whether an address may call.
 *
 * @param allowed IPs and networks (`192.168.1.0/24`); none: everyone may
 * @throws NexoError `endpoint_allow` for an entry that is neither
 */
export function allowList(allowed: readonly string[]): (address: string) => boolean {
  if (allowed.length === 0) return () => true;
  const list = new BlockList();
  for (const entry of allowed) add(list, entry.trim());
  const known = new Map<string, boolean>();
  return (address) => {
    let decision = known.get(address);
    if (decision === undefined) {
      const version = isIP(address);
      decision = version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
      if (known.size >= REMEMBERED) known.clear();
      known.set(address, decision);
    }
    return decision;
  };
}

/** Networks of their own that nobody reaches from outside: RFC 1918, link-local, loopback. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '127.0.0.0/8'];

/**
 * A test of whether a terminal may be at an IP address that it gives. Where a list says who may call, it may be wherever
 * that list reaches. Without one, only at the very address it calls from, and if that is private: so nobody can lead the
 * POS's messages to somebody else, or out of the network. `sender` is absent where it was found to be there before.
 *
 * @throws NexoError as `allowList`
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
      `"${entry.slice(0, 60)}" is no address that may call: enter IP addresses or networks, such as 192.168.1.20 or 192.168.1.0/24.`,
      { path: 'allow' },
    );
  }
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, bits, family);
}
