import type { Codec } from '../codec.ts';
import type { VendorProfile, WireTolerance } from '../profile.ts';
import { swedbankPay } from '../profiles/swedbank-pay.ts';
import { decode } from './decode.ts';
import { Plans } from './element-plan.ts';
import { encode } from './encode.ts';

const CONTENT_TYPE = 'application/xml; charset=utf-8';

/**
 * nexo messages as XML: UTF-8 over HTTP, without a namespace.
 *
 * @param tolerance what the vendor's terminals may write otherwise than the schema
 */
export function createXmlCodec(tolerance: WireTolerance): Codec {
  const plans = new Plans(tolerance);
  return {
    name: 'xml',
    contentType: CONTENT_TYPE,
    accepts: (type) => type === undefined || type === CONTENT_TYPE || /^(application|text)\/xml *(;|$)/i.test(type),
    startsMessage: (text) => text.startsWith('<'),
    encode,
    decode: (bytes) => decode(bytes, plans),
  };
}

/** The default codec: XML as Swedbank Pay's terminals read and write it. */
export const xmlCodec: Codec = createXmlCodec(swedbankPay.wire);

/** The XML codec for a vendor's terminals. */
export function codecOf({ wire }: Pick<VendorProfile, 'wire'>): Codec {
  return wire === swedbankPay.wire ? xmlCodec : createXmlCodec(wire);
}
