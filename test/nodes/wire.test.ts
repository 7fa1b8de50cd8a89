/** What each node sends, as the terminal reads it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decode } from '../../lib/protocol/xml/decode.ts';
import type { Report } from '../support/collector.ts';
import { Lane } from '../support/node-red-flow.ts';
import { endpointNode } from '../support/node-red-inbound.ts';
import { Rig } from '../support/node-red-rig.ts';
import { RecordingTerminal } from '../support/recording-terminal.ts';
import { freePort } from '../support/virtual-terminal.ts';
import { sample } from '../support/wire.ts';

const nodes = {
  login: {},
  logout: {},
  payment: {},
  card: {},
  'card-continue': { action: 'continue' },
  'card-abort': { action: 'abort' },
  display: {},
  input: {},
  print: {},
  abort: {},
  status: {},
  reversal: {},
  request: {},
};

let recorder: RecordingTerminal;
let rig: Rig;
let till: Lane;
let full: Lane;
let goods: Lane;
let cards: Lane;
let talk: Lane;
let stop: Lane;
let look: Lane;

before(async () => {
  recorder = await RecordingTerminal.start(() => rig.terminal.port);
  const { port } = recorder;
  const lane = (name: string, terminal: Record<string, unknown> = {}) =>
    new Lane(name, { nodes, terminal: { port, ...terminal } });
  [till, goods, cards, talk, stop, look] = ['till', 'goods', 'cards', 'talk', 'stop', 'look'].map((name) =>
    lane(name, { language: name === 'till' ? 'en' : 'sv' }),
  ) as [Lane, Lane, Lane, Lane, Lane, Lane];
  full = lane('full', { endpoint: 'wire-endpoint', language: 'fi', saleId: 'KASSA-7' });
  const lanes = [till, full, goods, cards, talk, stop, look];
  rig = await Rig.start({ lanes, extra: [endpointNode('wire-endpoint', await freePort())] });
});
after(async () => {
  recorder?.close();
  await rig?.end();
});

/** The body of a published request. */
function published(name: string) {
  const { message } = decode(sample(name));
  assert.ok('SaleToPOIRequest' in message);
  return message.SaleToPOIRequest;
}

describe('login and logout', () => {
  it('name the operator, the shift, the till’s language and software; so does a login that follows by itself', async () => {
    await rig.ask(till, 'login', { operatorId: 'Kim', shiftNumber: '3' });
    const login = recorder.last(till.poiId, 'LoginRequest');
    assert.deepEqual([login.OperatorID, login.ShiftNumber, login.OperatorLanguage], ['Kim', '3', 'en']);
    const { SaleSoftware: software, SaleTerminalData: data } = login;
    assert.deepEqual(
      [software.ProviderIdentification, software.ApplicationName],
      ['nexoflows', 'node-red-nexo-retailer'],
    );
    assert.match(software.SoftwareVersion, /^\d+\.\d+\.\d+/);
    assert.equal(data?.TerminalEnvironment, 'Attended');
    await rig.ask(till, 'logout', { maintenanceAllowed: true });
    assert.equal(recorder.last(till.poiId, 'LogoutRequest').MaintenanceAllowed, true);
    assert.equal((await rig.pay(till, '10.00')).port, 1);
    const again = recorder.all(till.poiId, 'LoginRequest').at(-1);
    assert.notEqual(again, login);
    assert.deepEqual([again?.OperatorID, again?.ShiftNumber], ['Kim', '3']);
  });

  it('say which parts the till has: client only without an endpoint, client and server with one', async () => {
    await rig.ask(full, 'login');
    const login = recorder.last(full.poiId, 'LoginRequest');
    const sampleOf = published('login-request').LoginRequest;
    assert.deepEqual(
      new Set(login.SaleTerminalData?.SaleCapabilities),
      new Set(sampleOf?.SaleTerminalData?.SaleCapabilities),
    );
    assert.equal(login.OperatorLanguage, 'fi');
    const { SaleID, POIID } = recorder.requests.find(({ MessageHeader: { POIID: id } }) => id === full.poiId)
      ?.MessageHeader ?? { SaleID: '', POIID: '' };
    assert.deepEqual([SaleID, POIID], ['KASSA-7', full.poiId]);
    const clientOnly = recorder.last(till.poiId, 'LoginRequest').SaleTerminalData?.SaleCapabilities ?? [];
    assert.ok(!clientOnly.includes('CashierInput') && !clientOnly.includes('CashierDisplay'), clientOnly.join());
  });
});

describe('a payment', () => {
  it('sends amount, cash-back, currency, type and the flow’s own id, and asks for the card’s alias', async () => {
    await rig.pay(goods, { amount: '150.00', cashBack: '50.00', currency: 'EUR', transactionId: 'wire-1' });
    const { SaleData, PaymentTransaction, PaymentData } = recorder.last(goods.poiId, 'PaymentRequest');
    const { RequestedAmount, CashBackAmount, Currency } = PaymentTransaction.AmountsReq;
    assert.deepEqual([RequestedAmount, CashBackAmount, Currency], ['150.00', '50.00', 'EUR']);
    assert.equal(SaleData.SaleTransactionID.TransactionID, 'wire-1');
    assert.equal(SaleData.TokenRequestedType, 'Customer');
    assert.ok(PaymentData?.PaymentType === undefined || PaymentData.PaymentType === 'Normal');
    await rig.pay(goods, { amount: '20.00', paymentType: 'Refund' });
    assert.equal(recorder.last(goods.poiId, 'PaymentRequest').PaymentData?.PaymentType, 'Refund');
  });

  it('sends what it buys, by the fields of nexo, numbered from 0 where it is not', async () => {
    const saleItems = [
      {
        productCode: '24601',
        productLabel: 'Diesel',
        additionalProductInfo: 'pump 3',
        itemAmount: '68.00',
        unitOfMeasure: 'litre',
        quantity: '4',
        unitPrice: '17.00',
      },
      { productCode: '123456789012', itemAmount: '21.00' },
    ];
    await rig.pay(goods, { amount: '109.00', cashBack: '20.00', saleItems, splitPayment: true });
    const { PaymentTransaction, PaymentData } = recorder.last(goods.poiId, 'PaymentRequest');
    const [fuel, other] = PaymentTransaction.SaleItem ?? [];
    assert.deepEqual(
      [fuel?.ItemID, fuel?.ProductCode, fuel?.ProductLabel, fuel?.AdditionalProductInfo],
      [0, '24601', 'Diesel', 'pump 3'],
    );
    assert.deepEqual([fuel?.UnitOfMeasure, fuel?.Quantity, fuel?.UnitPrice], ['Litre', '4', '17.00']);
    assert.deepEqual([other?.ItemID, other?.ItemAmount], [1, '21.00']);
    assert.equal(PaymentData?.SplitPaymentFlag, true);
  });

  it('of items that do not fit is refused with the field’s path, and nothing is sent', async () => {
    const before = recorder.all(goods.poiId, 'PaymentRequest').length;
    const cases: [item: object, path: string][] = [
      [{ productCode: '1234567890123', itemAmount: '10.00' }, 'payload.saleItems[0].productCode'],
      [{ productCode: '1', itemAmount: '9.00' }, 'payload.saleItems'],
      [{ productCode: '1', itemAmount: '10.00', unitOfMeasure: 'bucket' }, 'payload.saleItems[0].unitOfMeasure'],
    ];
    for (const [item, path] of cases) {
      const msgid = await rig.feed(goods, 'payment', { payload: { amount: '10.00', saleItems: [item] } });
      assert.equal((await rig.caught(goods, msgid)).cause?.path, path);
    }
    assert.equal(recorder.all(goods.poiId, 'PaymentRequest').length, before);
  });

  it('sends data for the acquirer and a keyed card, and shows neither to the flow', async () => {
    const acquirerData = { purchaseOrderNumber: 'PO-4711', loyaltyPan: '9630001234564711' };
    const paymentInstrument = { pan: '1234567890123456', expiryDate: '2912' };
    const { msg, port } = await rig.pay(goods, { amount: '30.00', acquirerData, paymentInstrument });
    assert.equal(port, 1, JSON.stringify(msg.payload.error));
    const { SaleData, PaymentData } = recorder.last(goods.poiId, 'PaymentRequest');
    const sent = JSON.parse(Buffer.from(SaleData.SaleToAcquirerData ?? '', 'base64').toString());
    assert.deepEqual(sent, acquirerData);
    const card = PaymentData?.PaymentInstrumentData?.CardData;
    assert.deepEqual([card?.EntryMode, card?.SensitiveCardData?.PAN], [['Keyed'], paymentInstrument.pan]);
    assert.equal(card?.SensitiveCardData?.ExpiryDate, '2912');
    assert.ok(!JSON.stringify(msg).includes(paymentInstrument.pan));
    assert.ok(!JSON.stringify(msg).includes(acquirerData.loyaltyPan));
  });

  it('is taken back by a copy of the id that the terminal gave, for the reason that the flow gives', async () => {
    const paid = await rig.pay(goods, '40.00');
    await rig.ask(goods, 'reversal', paid.msg.payload);
    const { OriginalPOITransaction: original, ReversalReason } = recorder.last(goods.poiId, 'ReversalRequest');
    const { id, timestamp } = paid.msg.payload.poiTransaction ?? assert.fail();
    assert.deepEqual(original.POITransactionID, { TransactionID: id, TimeStamp: timestamp });
    assert.equal(ReversalReason, 'MerchantCancel');
  });
});

const step = async (lane: Lane, node: string, msg: Record<string, unknown>): Promise<Report> => {
  const msgid = await rig.feed(lane, node, msg);
  return rig.collector.next({ lane: lane.name, kind: 'output', node, msgid });
};

describe('a card before the amount', () => {
  it('is read after StartTransaction, as often as asked, and the payment names the last payment card and its items', async () => {
    const start = recorder.requests.length;
    const first = await step(cards, 'card', { payload: { transactionId: 'combined-9' } });
    const second = await step(cards, 'card', { payload: '', nexo: first.msg.nexo });
    const saleItems = [{ productCode: '24601', itemAmount: '60.00' }];
    const paid = await rig.final(
      cards,
      await rig.feed(cards, 'payment', { payload: { amount: '60.00', saleItems }, nexo: second.msg.nexo }),
    );
    assert.equal(paid.port, 1);
    const sent = recorder.requests.slice(start).map(({ MessageHeader: header }) => header.MessageCategory);
    assert.deepEqual(
      sent.filter((category) => category !== 'TransactionStatus' && category !== 'Login'),
      ['EnableService', 'CardAcquisition', 'CardAcquisition', 'Payment'],
    );
    const enable = recorder.last(cards.poiId, 'EnableServiceRequest');
    assert.deepEqual([enable.TransactionAction, enable.ServicesEnabled], ['StartTransaction', ['CardAcquisition']]);
    assert.equal(recorder.last(cards.poiId, 'CardAcquisitionRequest').CardAcquisitionTransaction.TotalAmount, '0');
    const { PaymentData, PaymentTransaction } = recorder.last(cards.poiId, 'PaymentRequest');
    const { poiTransaction } = second.msg.payload as unknown as { poiTransaction: { id: string; timestamp: string } };
    assert.deepEqual(PaymentData?.CardAcquisitionReference, {
      TransactionID: poiTransaction.id,
      TimeStamp: poiTransaction.timestamp,
    });
    assert.equal(PaymentTransaction.SaleItem?.[0]?.ProductCode, '24601');
    assert.deepEqual(recorder.all(cards.poiId, 'DisplayRequest'), [], 'no continue_processing that nobody asked for');
  });

  it('goes on with continue_processing where a card node says so', async () => {
    const card = await step(cards, 'card', { payload: { transactionId: 'chip-9' } });
    const goes = await step(cards, 'card-continue', { payload: '', nexo: card.msg.nexo });
    assert.match(JSON.stringify(recorder.last(cards.poiId, 'DisplayRequest')), /continue_processing/);
    const paid = await rig.feed(cards, 'payment', { payload: '10.00', nexo: goes.msg.nexo });
    assert.equal((await rig.final(cards, paid)).port, 1);
  });

  it('is released with AbortTransaction, by a card node or by an abort node', async () => {
    for (const node of ['card-abort', 'abort']) {
      const card = await step(cards, 'card', { payload: { transactionId: `approved-${node}` } });
      await step(cards, node, { payload: '', nexo: card.msg.nexo });
      assert.equal(recorder.last(cards.poiId, 'EnableServiceRequest').TransactionAction, 'AbortTransaction', node);
    }
  });

  it('that is still awaited is ended with an AbortRequest that names that request', async () => {
    for (const node of ['card-abort', 'abort']) {
      const transactionId = `slow-${node}`;
      const msgid = await feedSent(cards, 'card', { transactionId }, 'CardAcquisition');
      const none = await abortUntilEnded(cards, 'card', msgid, node, { transactionId });
      assert.equal(none.port, 2);
      assertAborts(cards, 'CardAcquisition');
    }
  });
});

/** Feeds a node, and waits until its request has left Node-RED. */
async function feedSent(lane: Lane, node: string, payload: unknown, category: string): Promise<string> {
  const before = recorder.categories(lane.poiId).filter((one) => one === category).length;
  const msgid = await rig.feed(lane, node, { payload });
  await recorder.more(lane.poiId, category, before);
  return msgid;
}

/** Repeats an abort until it has found the request at the terminal, and the node's message has ended. */
async function abortUntilEnded(
  lane: Lane,
  node: string,
  msgid: string,
  by = 'abort',
  payload: unknown = '',
): Promise<Report> {
  for (let tries = 0; tries < 200; tries++) {
    const [end] = rig.collector.all({ lane: lane.name, kind: 'output', node, msgid });
    if (end) return end;
    await rig.feed(lane, by, { payload });
  }
  return assert.fail(`${node} was not aborted`);
}

/** The latest AbortRequest names the latest request of this category. */
function assertAborts(lane: Lane, category: string): void {
  const { MessageReference: reference } = recorder.last(lane.poiId, 'AbortRequest');
  const request = recorder.requests.findLast(
    ({ MessageHeader: header }) => header.POIID === lane.poiId && header.MessageCategory === category,
  );
  assert.ok(request);
  const { ServiceID, DeviceID } = request.MessageHeader;
  assert.equal(reference.MessageCategory, category);
  assert.ok(reference.ServiceID === ServiceID || reference.DeviceID === DeviceID);
}

describe('an abort', () => {
  it('of a payment, and of a question, names that request; with nothing in progress nothing is sent', async () => {
    const idle = await step(stop, 'abort', {});
    assert.deepEqual([idle.msg.payload.sent, recorder.all(stop.poiId, 'AbortRequest').length], [false, 0]);
    const msgid = await feedSent(stop, 'payment', '10.06', 'Payment');
    assert.equal((await abortUntilEnded(stop, 'payment', msgid)).msg.payload.outcome, 'aborted');
    assertAborts(stop, 'Payment');
    const asked = await feedSent(stop, 'input', 'Still there? (nobody)', 'Input');
    assert.equal((await abortUntilEnded(stop, 'input', asked)).msg.payload, null);
    assertAborts(stop, 'Input');
  });
});

describe('a dialog', () => {
  it('shows what the page shows', async () => {
    const { DisplayRequest } = published('display-request-customer-multi-line');
    const lines = DisplayRequest?.DisplayOutput[0]?.OutputContent.OutputText?.map(({ Text }) => Text);
    await rig.ask(talk, 'display', lines);
    assert.deepEqual(recorder.last(talk.poiId, 'DisplayRequest'), DisplayRequest);
  });

  it('asks as the page asks, for a yes or for digits', async () => {
    const { InputRequest } = published('input-request-confirmation');
    const text = InputRequest?.DisplayOutput?.OutputContent.OutputText?.map(({ Text }) => Text);
    assert.equal((await rig.ask(talk, 'input', { lines: text })).msg.payload, true);
    const sent = recorder.last(talk.poiId, 'InputRequest');
    assert.deepEqual(sent.DisplayOutput, InputRequest?.DisplayOutput);
    assert.equal(sent.InputData.InputCommand, 'GetConfirmation');
    const command = { text: 'Pick-up code? (0042)', command: 'DigitString', minLength: 4, maxLength: 6 };
    assert.equal((await rig.ask(talk, 'input', command)).msg.payload, '0042');
    const { InputCommand, MinLength, MaxLength } = recorder.last(talk.poiId, 'InputRequest').InputData;
    assert.deepEqual([InputCommand, MinLength, MaxLength], ['DigitString', 4, 6]);
  });

  it('prints lines of every look', async () => {
    const lines = [
      { text: 'Kvitto', alignment: 'centred', height: 'double', width: 'double' },
      { text: 'Kaffe\t44,50\nBulle\t20,00', alignment: 'justified' },
      { text: 'Tack', color: 'white', startRow: 40 },
    ];
    await rig.ask(talk, 'print', { lines, feed: true });
    const { OutputContent } = recorder.last(talk.poiId, 'PrintRequest').PrintOutput;
    const [first, second, third] = OutputContent.OutputText ?? [];
    assert.deepEqual(
      [first?.Text, first?.Alignment, first?.CharacterHeight, first?.CharacterWidth],
      ['Kvitto', 'Centred', 'DoubleHeight', 'DoubleWidth'],
    );
    assert.deepEqual([second?.Text, second?.Alignment], ['Kaffe\t44,50\nBulle\t20,00', 'Justified']);
    assert.deepEqual([third?.Text, third?.Color, third?.StartRow], ['Tack', 'White', 40]);
    assert.equal(OutputContent.OutputText?.at(-1)?.Text, '', 'the paper is fed past the cutter');
  });
});

describe('a request', () => {
  it('sends an administrative order by its name, and a report’s', async () => {
    for (const ServiceIdentification of ['OM02', 'OM03', 'OM04']) {
      const { port } = await rig.ask(look, 'request', { AdminRequest: { ServiceIdentification } });
      assert.equal(port, 1);
      assert.deepEqual(recorder.last(look.poiId, 'AdminRequest'), { ServiceIdentification });
    }
    const report = await rig.ask(look, 'request', { TransactionReportRequest: { SearchCriterias: {}, BlockStop: 9 } });
    assert.deepEqual(recorder.last(look.poiId, 'TransactionReportRequest'), { SearchCriterias: {}, BlockStop: 9 });
    assert.deepEqual([report.port, report.msg.payload.error?.condition], [2, 'UnavailableService']);
  });
});

describe('a status', () => {
  it('says whether the till is logged in', async () => {
    const { transactionId } = (await rig.pay(look, '49.00')).msg.payload;
    const state = async () => (await rig.ask(look, 'status', { transactionId })).msg.payload.session?.state;
    assert.equal(await state(), 'ready');
    await rig.ask(look, 'logout');
    assert.equal(await state(), 'loggedOut');
    await rig.ask(look, 'login');
    assert.equal(await state(), 'ready');
  });

  it('asks for the last transaction, or for a ServiceID that the journal does not know', async () => {
    const { msg } = await rig.pay(look, '50.00');
    assert.equal((await rig.ask(look, 'status')).msg.payload.transactionId, msg.payload.transactionId);
    assert.equal(recorder.last(look.poiId, 'TransactionStatusRequest').MessageReference?.ServiceID, undefined);
    const unknown = await rig.ask(look, 'status', { serviceId: '4242' });
    assert.equal(unknown.msg.payload.error?.condition, 'NotFound');
    assert.equal(recorder.last(look.poiId, 'TransactionStatusRequest').MessageReference?.ServiceID, '4242');
  });
});

it('every ServiceID was sent once, and has at most 10 characters', () => {
  const ids = recorder.requests.map(({ MessageHeader: { POIID, ServiceID } }) => `${POIID} ${ServiceID}`);
  assert.equal(new Set(ids).size, ids.length);
  for (const { MessageHeader: header } of recorder.requests) assert.match(header.ServiceID ?? '', /^\d{1,10}$/);
});

it('no card number, and nothing worth a warning, is in the log', () => {
  rig.assertOnce();
  assert.doesNotMatch(rig.nodeRed.log, /1234567890123456|unhandled|TypeError/);
});
