/** A flow of core nodes as a careful author would write it: build the XML, post it, parse the response, read it. */
import type { FlowNode } from '../flow.ts';
import { serveParent } from './contender.ts';
import { driveFlow } from './flow.ts';

const BUILD = `
const id = String(Date.now() % 1e9) + msg.benchTerminal;
const now = new Date().toISOString();
msg.url = flow.get('url') || env.get('STAND_IN');
msg.headers = { 'content-type': 'application/xml; charset=utf-8' };
msg.payload = '<SaleToPOIRequest><MessageHeader ProtocolVersion="3.1" MessageClass="Service" MessageCategory="Payment" '
  + 'MessageType="Request" ServiceID="' + id.slice(-10) + '" SaleID="1" POIID="BENCH-' + msg.benchTerminal + '"/>'
  + '<PaymentRequest><SaleData><SaleTransactionID TransactionID="' + id + '" TimeStamp="' + now + '"/></SaleData>'
  + '<PaymentTransaction><AmountsReq Currency="SEK" RequestedAmount="' + msg.payload + '"/></PaymentTransaction>'
  + '<PaymentData PaymentType="Normal"/></PaymentRequest></SaleToPOIRequest>';
return msg;
`;

const READ = `
const response = msg.payload.SaleToPOIResponse.PaymentResponse[0];
const result = response.PaymentResult[0];
const receipt = response.PaymentReceipt.find((copy) => copy.$.DocumentQualifier === 'CustomerReceipt');
const text = Buffer.from(receipt.OutputContent[0].OutputText[0], 'base64').toString();
msg.payload = {
  approved: response.Response[0].$.Result === 'Success',
  amount: result.AmountsResp[0].$.AuthorizedAmount,
  card: result.PaymentInstrumentData[0].CardData[0].$.MaskedPAN,
  receipt: JSON.parse(text),
};
return msg;
`;

function functionNode(id: string, func: string, next: string): FlowNode {
  return { id, type: 'function', z: 'tab', func, outputs: 1, wires: [[next]] };
}

function flow(port: number, terminals: number): FlowNode[] {
  return [
    {
      id: 'tab',
      type: 'tab',
      label: 'Core nodes',
      env: [{ name: 'STAND_IN', type: 'str', value: `http://127.0.0.1:${port}/EPASSaleToPOI/3.1` }],
    },
    { id: 'driver', type: 'bench-driver', z: 'tab', wires: Array.from({ length: terminals }, () => ['build']) },
    functionNode('build', BUILD, 'post'),
    { id: 'post', type: 'http request', z: 'tab', method: 'POST', ret: 'txt', persist: true, wires: [['parse']] },
    { id: 'parse', type: 'xml', z: 'tab', property: 'payload', wires: [['read']] },
    functionNode('read', READ, 'driver'),
  ];
}

await serveParent(({ port, terminals }) => driveFlow({ flow: () => flow(port, terminals), withPackage: false }));
