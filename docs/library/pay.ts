import { onRecovered, openJournal, openVirtualTransport, pay, Terminal } from '@nexoflows/node-red-nexo-retailer';

const terminal = new Terminal({
  config: { saleId: '1', poiId: 'V1' },
  transport: openVirtualTransport('virtual-terminal.jsonl'),
  journal: () => openJournal({ file: 'payments.sqlite' }),
  onError: (error) => console.error(error),
});
onRecovered(terminal, ({ transactionId, outcome }) => console.log(`${transactionId} was open: ${outcome}`));

const payment = await pay(terminal, { amount: '89.00', currency: 'SEK', transactionId: 'order-1' });
console.log(payment.outcome, payment.amount, payment.card?.maskedPan);
await terminal.close();
