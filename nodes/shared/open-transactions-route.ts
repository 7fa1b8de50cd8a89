import type { NodeAPI } from 'node-red';
import { rowOf } from '../../lib/contract/transaction-rows.ts';
import { OPEN_STATES } from '../../lib/terminal/journal-query.ts';
import { isOpen } from '../../lib/terminal/left-open.ts';
import { leftOpenFor } from './left-open.ts';
import { type IdentitySettings, readyOf, type TerminalNode } from './terminal-node.ts';

/** As many as a warning can name. */
const LIMIT = 20;

interface OpenAnswer {
  name: string;
  /** As deployed. */
  settings: IdentitySettings;
  open: { transactionId: string; amount: string; currency: string; state: string }[];
}

/**
 * The route behind the warnings of the terminal’s dialog: GET `/nexo-terminal/:id/open` answers what is open at the terminal as it is
 * deployed. It changes nothing.
 */
export function addOpenTransactionsRoute(RED: NodeAPI): void {
  RED.httpAdmin.get('/nexo-terminal/:id/open', RED.auth.needsPermission('nexo-terminal.read'), (request, response) => {
    response.set('Cache-Control', 'no-store');
    const id = String(request.params.id);
    answer(RED, id).then(
      (found) => response.json(found),
      // The terminal cannot read its journal, and reports that itself.
      () => response.json({ name: id, settings: {}, open: [] }),
    );
  });
}

async function answer(RED: NodeAPI, id: string): Promise<OpenAnswer> {
  const node = RED.nodes.getNode(id) as TerminalNode | null;
  const nothing = { name: id, settings: { poiId: '', saleId: '', journal: '' }, open: [] };
  if (node?.type !== 'nexo-terminal' || node.terminal === undefined) return nothing;
  const ready = readyOf(node);
  const { terminal, poiId } = ready.terminal.config;
  const journal = await ready.terminal.journal();
  const own = await journal.query({ terminal, states: OPEN_STATES, limit: LIMIT });
  const earlier = (await leftOpenFor(RED, ready)).filter((one) => isOpen(one) && one.terminal.endsWith(`/${poiId}`));
  const open = [...own, ...earlier].map((record) => {
    const { transactionId, requested, currency, state } = rowOf(record, ready.terminal.config.profile);
    return { transactionId, amount: requested, currency, state };
  });
  return { name: node.title, settings: node.identity ?? nothing.settings, open };
}
