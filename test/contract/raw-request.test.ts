import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRequest, REQUESTABLE, requestPayloadOf } from '../../lib/contract/raw-request.ts';
import { messages } from '../../lib/protocol/schema.ts';
import { refusal } from '../support/refusal.ts';

const NODE = { message: 'DiagnosisRequest', body: '{"HostDiagnosisFlag":true}' };

function wrong(payload: unknown, node = NODE): [string, string | undefined] {
  const { code, path } = refusal(() => parseRequest(payload, node));
  return [code, path];
}

describe('a request of any kind', () => {
  it('is the message’s own, the body of the node’s message, or what the node is set to', () => {
    const whole = { AdminRequest: { ServiceIdentification: 'UpdateTerminal' } };
    assert.deepEqual(parseRequest(whole, NODE), { name: 'AdminRequest', body: whole });
    assert.deepEqual(parseRequest({ HostDiagnosisFlag: false }, NODE), {
      name: 'DiagnosisRequest',
      body: { DiagnosisRequest: { HostDiagnosisFlag: false } },
    });
    for (const payload of [undefined, 'text', Buffer.from('text'), [1]]) {
      assert.deepEqual(parseRequest(payload, NODE).body, { DiagnosisRequest: { HostDiagnosisFlag: true } });
    }
    assert.deepEqual(parseRequest(undefined, { ...NODE, body: ' ' }).body, { DiagnosisRequest: {} });
  });

  it('is refused where it is wrong, moves money, or has a node of its own', () => {
    assert.deepEqual(wrong({ PaymentRequest: {} }), ['own_node', 'payload.PaymentRequest']);
    assert.deepEqual(wrong({ StoredValueRequest: {} }), ['moves_money', 'payload.StoredValueRequest']);
    assert.deepEqual(wrong({ AdminRequest: undefined }), ['no_body', 'payload']);
    assert.deepEqual(wrong({ AdminRequest: {}, DiagnosisRequest: {} }), ['several_bodies', 'payload.DiagnosisRequest']);
    assert.deepEqual(wrong({}, { message: 'NoSuchRequest', body: '' }), ['unknown_field', 'payload.NoSuchRequest']);
    assert.deepEqual(wrong({ DiagnosisResponse: {} }), ['unknown_field', 'payload.DiagnosisResponse']);
    assert.deepEqual(wrong({ toString: 1 }, { message: 'toString', body: '' }), ['unknown_field', 'payload.toString']);
    assert.deepEqual(wrong(undefined, { ...NODE, body: '{' }), ['invalid_body', 'body']);
    assert.deepEqual(wrong(undefined, { ...NODE, body: '[]' }), ['invalid_body', 'body']);
  });

  it('may be each request of the schema table that is not marked otherwise', () => {
    const marked = ['Batch', 'StoredValue', 'Loyalty', 'Payment', 'Reversal'].map((name) => `${name}Request`);
    for (const name of marked) assert.equal(messages[name as 'PaymentRequest'].movesMoney, true, name);
    assert.deepEqual(
      [...REQUESTABLE].sort(),
      [
        'AdminRequest',
        'BalanceInquiryRequest',
        'CardReaderAPDURequest',
        'CardReaderInitRequest',
        'CardReaderPowerOffRequest',
        'DiagnosisRequest',
        'GetTotalsRequest',
        'InputUpdate',
        'PINRequest',
        'ReconciliationRequest',
        'SoundRequest',
        'TransactionReportRequest',
        'TransmitRequest',
      ],
      'a new message of the table must be marked, or listed here',
    );
  });
});

describe('the payload of a response', () => {
  const header = {
    MessageClass: 'Service',
    MessageCategory: 'Diagnosis',
    MessageType: 'Response',
    SaleID: '1',
    POIID: 'P',
  };
  const responseWith = (Response: object) => ({ MessageHeader: header, DiagnosisResponse: { Response } }) as never;

  it('has the response’s own fields, its result and the reason of a failure', () => {
    const Response = { Result: 'Failure', ErrorCondition: 'Busy', AdditionalResponse: 'later' };
    assert.deepEqual(requestPayloadOf('DiagnosisRequest', responseWith(Response)), {
      Response,
      result: 'Failure',
      error: { condition: 'Busy', message: 'later' },
    });
    assert.equal(requestPayloadOf('DiagnosisRequest', responseWith({ Result: 'Success' })).error, null);
  });

  it('is empty where the terminal answers with nothing but HTTP', () => {
    assert.deepEqual(requestPayloadOf('InputUpdate', undefined), { result: null, error: null });
  });
});
