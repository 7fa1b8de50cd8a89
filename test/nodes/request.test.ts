/** Messages of any kind that have no node of their own. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Report } from '../support/collector.ts';
import { Lane } from '../support/node-red-flow.ts';
import { refused } from '../support/node-red-post-approval.ts';
import { Rig } from '../support/node-red-rig.ts';

const nodes = {
  request: { message: 'DiagnosisRequest', body: '{}' },
  'request-update': { message: 'AdminRequest', body: '{}' },
  'request-totals': { message: 'GetTotalsRequest', body: '{ "TotalDetails": ["SaleID"] }' },
  'request-broken': { message: 'AdminRequest', body: '{ broken' },
  'request-list': { message: 'AdminRequest', body: '[]' },
  payment: {},
};
const desk = new Lane('desk', { nodes });
const inside = new Lane('inside', { terminal: { connection: 'virtual', host: '' }, nodes });
const quiet = new Lane('quiet', { nodes });
const down = new Lane('down', { terminal: { port: 9 }, nodes });

let rig: Rig;
before(async () => {
  rig = await Rig.start({ lanes: [desk, inside, quiet, down] });
});
after(() => rig?.end());

const fields = ({ msg }: Report) => msg.payload as unknown as Record<string, unknown>;

describe('a request', { concurrency: true }, () => {
  for (const lane of [desk, inside]) {
    const where = lane === desk ? 'in the network' : 'in process';

    it(`asks for the terminal’s status, on one ${where}`, async () => {
      const done = await rig.ask(lane, 'request', 1_700_000_000_000);
      const { result, error, POIStatus } = fields(done);
      assert.deepEqual([done.port, result, error], [1, 'Success', null]);
      assert.ok(POIStatus);
      assert.match(JSON.stringify(done.msg.nexo.request), /"MessageCategory":"Diagnosis".*"DiagnosisRequest":\{\}/);
      assert.match(JSON.stringify(done.msg.nexo.response), /"DiagnosisResponse"/);
      await rig.status(lane, 'request', 'done');
    });

    it(`has it update itself, and counts, on one ${where}`, async () => {
      assert.equal(fields(await rig.ask(lane, 'request-update')).result, 'Success');
      await rig.pay(lane, '20.00');
      const totals = fields(await rig.ask(lane, 'request-totals'));
      assert.equal(totals.result, 'Success');
      assert.match(JSON.stringify(totals.TransactionTotals), /20\.00/);
    });
  }

  it('takes its body from the message: under its name, or bare', async () => {
    const named = await rig.ask(desk, 'request', { AdminRequest: { ServiceIdentification: 'OM02' } });
    assert.match(JSON.stringify(named.msg.nexo.request), /"AdminRequest":\{"ServiceIdentification":"OM02"\}/);
    const bare = await rig.ask(desk, 'request', { HostDiagnosisFlag: true });
    assert.match(JSON.stringify(bare.msg.nexo.request), /"DiagnosisRequest":\{"HostDiagnosisFlag":true\}/);
    assert.ok(fields(bare).HostStatus);
  });

  it('that the terminal refuses leaves by output 2, in its own words', async () => {
    const no = await rig.ask(desk, 'request', { BalanceInquiryRequest: {} });
    const { result, error } = fields(no);
    assert.deepEqual([no.port, result], [2, 'Failure']);
    assert.ok((error as { condition: string }).condition);
    await rig.status(desk, 'request', 'refused');
  });

  it('is refused with the field’s path, or the node that does it, and nothing is sent', async () => {
    const cases: [node: string, payload: unknown, code: string, path: string | undefined, advice: RegExp][] = [
      [
        'request',
        { HostDiagnosisFlag: 'yes' },
        'invalid_value',
        'SaleToPOIRequest.DiagnosisRequest.HostDiagnosisFlag',
        /./,
      ],
      ['request', { HostDiagnosis: true }, 'unknown_field', 'SaleToPOIRequest.DiagnosisRequest.HostDiagnosis', /./],
      ['request', { PaymentRequest: {} }, 'own_node', 'payload.PaymentRequest', /use nexo-payment/],
      ['request', { EnableServiceRequest: {} }, 'own_node', 'payload.EnableServiceRequest', /use nexo-card/],
      [
        'request',
        { AdminRequest: {}, DiagnosisRequest: {} },
        'several_bodies',
        'payload.DiagnosisRequest',
        /one request/,
      ],
      ['request', { DiagnosisResponse: {} }, 'unknown_field', 'payload.DiagnosisResponse', /AdminRequest/],
      ['request-broken', null, 'invalid_body', 'body', /not JSON/],
      ['request-list', null, 'invalid_body', 'body', /JSON object/],
    ];
    for (const [node, payload, code, path, advice] of cases) {
      const error = await refused(rig, quiet, node, { payload });
      assert.deepEqual([error.code, error.path], [code, path]);
      assert.match(error.message, advice);
    }
    assert.deepEqual(rig.terminal.exchanges(quiet.poiId), []);
  });

  it('that cannot be sent says so', async () => {
    assert.equal((await refused(rig, down, 'request', {})).code, 'not_sent');
  });
});

it('was worth no warning', () => {
  rig.assertOnce();
  assert.equal(rig.nodeRed.log, '');
});
