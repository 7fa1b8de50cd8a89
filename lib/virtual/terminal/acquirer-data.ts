import { RefusedRequest } from './refused-request.ts';

/** Data for the acquirer's host in a payment request (SaleToAcquirerData). */
export interface AcquirerData {
  purchaseOrderNumber?: string;
  /** Whether a membership number was sent. The number itself is not kept. */
  loyalty: boolean;
}

const PATH = 'SaleToPOIRequest.PaymentRequest.SaleData.SaleToAcquirerData';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Parses SaleToAcquirerData.
 * @throws RefusedRequest `MessageFormat`: "the data must be a JSON object that is Base64 encoded"
 */
export function readAcquirerData(text: string | undefined): AcquirerData {
  if (text === undefined) return { loyalty: false };
  const { purchaseOrderNumber, loyaltyPan } = objectIn(text);
  for (const value of [purchaseOrderNumber, loyaltyPan])
    if (value !== undefined && typeof value !== 'string')
      throw formatError('purchaseOrderNumber and loyaltyPan are text in quotation marks.');
  return {
    ...(typeof purchaseOrderNumber === 'string' ? { purchaseOrderNumber } : {}),
    loyalty: loyaltyPan !== undefined,
  };
}

function objectIn(text: string): Record<string, unknown> {
  const compact = text.replace(/\s/g, '');
  if (compact === '' || !BASE64.test(compact)) throw formatError('It is not base64.');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(compact, 'base64')));
  } catch {
    throw formatError('It is not JSON in base64.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw formatError('It is JSON, but not an object.');
  return value as Record<string, unknown>;
}

function formatError(message: string): RefusedRequest {
  return new RefusedRequest('MessageFormat', `SaleToAcquirerData is a JSON object in base64. ${message}`, {
    path: PATH,
  });
}
