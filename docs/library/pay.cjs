const { openJournal, openVirtualTransport, pay, Terminal } = require('@nexoflows/node-red-nexo-retailer');

async function main() {
  const terminal = new Terminal({
    config: { saleId: '1', poiId: 'V1' },
    transport: openVirtualTransport('virtual-terminal.jsonl'),
    journal: () => openJournal({ file: 'payments.sqlite' }),
    onError: (error) => console.error(error),
  });
  const payment = await pay(terminal, { amount: '89.00', currency: 'SEK', transactionId: 'order-1' });
  console.log(payment.outcome, payment.amount, payment.card?.maskedPan);
  await terminal.close();
}

main();
