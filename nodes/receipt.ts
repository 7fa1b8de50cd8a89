import type { Node, NodeAPI, NodeDef } from 'node-red';
import { nexoWithReceipt } from '../lib/contract/nexo-output.ts';
import { chooseReceipts } from '../lib/contract/receipt-input.ts';
import { renderReceipt } from '../lib/contract/receipt-output.ts';
import { receiptSettings } from '../lib/contract/receipt-settings.ts';
import { booleanSetting, textSetting } from '../lib/contract/settings.ts';
import { swedbankPay } from '../lib/protocol/profiles/swedbank-pay.ts';
import { type FlowMessage, onInput } from './shared/input-handler.ts';
import { readSettings } from './shared/node-settings.ts';
import { show } from './shared/status-text.ts';

interface ReceiptDef extends NodeDef {
  copy: string;
  format: string;
  columns: number | string;
  header: boolean;
  language: string;
}

/** `nexo-receipt`: a payment's or reversal's receipt as text, HTML or bytes for a receipt printer; needs no terminal. */
export default function (RED: NodeAPI): void {
  function ReceiptNode(this: Node, config: ReceiptDef): void {
    RED.nodes.createNode(this, config);
    const own = readSettings(RED, this, () => ({
      copy: textSetting(config.copy, 'copy'),
      format: textSetting(config.format, 'format'),
      columns: textSetting(config.columns, 'columns'),
      header: booleanSetting(config.header, 'header', true),
      language: textSetting(config.language, 'language'),
    }));
    onInput(RED, this, async (msg: FlowMessage & { receipt?: unknown }, send) => {
      const settings = receiptSettings(own(), msg.receipt);
      const chosen = chooseReceipts(msg.payload, settings.copy);
      const payloads = await Promise.all(
        chosen.map((receipt) => renderReceipt(receipt, settings, swedbankPay.receipts)),
      );
      // Both copies or none: no message leaves before all of them are rendered.
      const messages = chosen.map((_, index) => (index === 0 ? msg : RED.util.cloneMessage(msg)));
      for (const [index, { copy: made }] of chosen.entries()) {
        const { [index]: message = msg } = messages;
        const receipt = { ...settings, copy: made };
        send(Object.assign(message, { payload: payloads[index], nexo: nexoWithReceipt(msg.nexo, receipt) }));
      }
      this.status(show(RED, 'green', 'dot', 'made'));
    });
  }
  RED.nodes.registerType('nexo-receipt', ReceiptNode);
}
