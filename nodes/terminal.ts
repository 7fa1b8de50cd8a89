import type { NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { payloadOf } from '../lib/contract/payment-output.ts';
import { NexoError, settingError } from '../lib/protocol/errors.ts';
import type { SessionState } from '../lib/session/effects.ts';
import type { TransactionRecord } from '../lib/session/record.ts';
import { Terminal } from '../lib/terminal/terminal.ts';
import type { TraceHook } from '../lib/terminal/wire-trace.ts';
import type { Transport } from '../lib/transport/transport.ts';
import type { JournalNode } from './journal.ts';
import { type AddressFollowingDef, addressPolicyOf, initialTransportOf } from './shared/address-following.ts';
import { afterSubscriptions, deferUntilDeployed } from './shared/after-deploy.ts';
import { journalKeyOf, openBuiltInJournal } from './shared/built-in-journal.ts';
import type { CloudCredentials } from './shared/cloud-settings.ts';
import type { ConnectionDef } from './shared/connection-settings.ts';
import { type InboundDef, inboundConfigOf, wireInbound } from './shared/inbound-wiring.ts';
import { errorForCatch } from './shared/input-handler.ts';
import { leftOpenCount, predecessorsAfterDeploy, reportLeftOpen } from './shared/left-open.ts';
import { addOpenTransactionsRoute } from './shared/open-transactions-route.ts';
import { addPairingRoute, type CloudNode } from './shared/pairing-route.ts';
import { isPoolDef, type PoolDef, startPool } from './shared/pool-node.ts';
import { registerTerminal, runningTerminals } from './shared/running-terminals.ts';
import { followState } from './shared/session-status.ts';
import { show } from './shared/status-text.ts';
import { readyOf, type TerminalNode } from './shared/terminal-node.ts';
import { type TraceDef, traceOf } from './shared/terminal-trace.ts';

interface TerminalDef extends NodeDef, ConnectionDef, InboundDef, AddressFollowingDef, PoolDef, TraceDef {
  id: string;
  name: string;
  connection: ConnectionDef['connection'];
  poiId: string;
  saleId: string;
  currency: string;
  language: string;
  journal: string;
  autoLogin: boolean;
  whenBusy: 'wait' | 'refuse';
  approvedAfterAbort: 'keep' | 'reverse';
  responseTimeout: number | string;
  recoveryTimeout: number | string;
  probeAfter: number | string;
  /** Absent in terminals saved before this setting existed. */
  cardTimeout?: number | string;
  maintenanceHour: number | string;
}

/** The configuration node `nexo-terminal`: owns the connection, the session and the money rules of one terminal. */
export default function (RED: NodeAPI): void {
  addPairingRoute(RED);
  addOpenTransactionsRoute(RED);
  // Partial deploys stop and start nodes without their terminals.
  RED.events.on('flows:stopping', () => {
    for (const { terminal } of runningTerminals()) terminal.pauseDelivery(true);
  });
  afterSubscriptions(RED, () => {
    for (const { terminal } of runningTerminals()) terminal.pauseDelivery(false);
    reportLeftOpen(RED).catch((error: Error) => RED.log.error(`nexo: ${error.message}`));
  });
  function TerminalNode(this: TerminalNode & CloudNode, config: TerminalDef): void {
    RED.nodes.createNode(this, config);
    this.cloud = config;
    this.users = {};
    const { poiId = '', saleId = '', journal = '' } = config;
    this.identity = { poiId, saleId, journal };
    this.currency = config.currency || 'SEK';
    this.title = config.name || config.poiId || config.host || 'virtual terminal';
    const afterDeploy = deferUntilDeployed(RED, this);
    const report: Report = (error, msg = {}) => afterDeploy(() => this.error(errorForCatch(error), msg));
    let transport: Transport;
    let trace: ReturnType<typeof traceOf> | undefined;
    try {
      if (isPoolDef(config)) return startPool(RED, this, config);
      this.journal = journalKeyOf(config);
      transport = initialTransportOf(RED, config, this.credentials);
      trace = traceOf(RED, this, config);
      this.terminal = open(RED, this, config, transport, trace.hook, report);
    } catch (error) {
      if (!(error instanceof NexoError)) throw error;
      this.problem = error;
      void trace?.close();
      report(error);
      afterDeploy(() => this.status(show(RED, 'red', 'ring', 'error')));
      return;
    }
    const { terminal } = this;
    const statusOf = (state: SessionState) => statusOfState(RED, state, leftOpenCount(this));
    this.showState = followState(this, terminal, statusOf).refresh;
    const unregister = registerTerminal(RED, readyOf(this));
    const closeInbound = wireInbound(RED, config, { terminal, transport }, report);
    this.on('close', (done: (error?: Error) => void) => {
      // Close the terminal first, so that queued callers are rejected before their nodes detach.
      const closed = terminal.close();
      unregister();
      Promise.all([closeInbound(), closed])
        .then(() => trace?.close())
        .then(() => done(), done);
    });
  }
  RED.nodes.registerType<TerminalNode & CloudNode, TerminalDef, object, CloudCredentials>(
    'nexo-terminal',
    TerminalNode,
    {
      credentials: { clientId: { type: 'text' }, clientSecret: { type: 'password' }, channelId: { type: 'password' } },
    },
  );
}

/** Passes an error on to Catch nodes. */
type Report = (error: Error, msg?: NodeMessage) => void;

function open(
  RED: NodeAPI,
  node: TerminalNode,
  config: TerminalDef,
  transport: Transport,
  trace: TraceHook | undefined,
  report: Report,
): Terminal {
  const virtual = config.connection === 'virtual';
  const poiId = config.poiId || (virtual ? `V${node.id}`.slice(0, 32) : '');
  if (poiId === '')
    throw settingError('poiId', 'The terminal’s POIID is missing: enter it in the terminal’s settings.');
  const saleId = config.saleId || '1';
  const maintenanceHour = hourOf(config.maintenanceHour);
  const follow = addressPolicyOf(RED, config);
  return new Terminal({
    config: {
      poiId,
      saleId,
      language: config.language || 'sv',
      autoLogin: config.autoLogin !== false,
      whenBusy: config.whenBusy === 'refuse' ? 'refuse' : 'wait',
      approvedAfterAbort: config.approvedAfterAbort === 'reverse' ? 'reverse' : 'keep',
      ...inboundConfigOf(config),
      ...(maintenanceHour !== undefined && { maintenanceHour }),
    },
    timeouts: {
      response: seconds(config.responseTimeout, 'responseTimeout', 300),
      recovery: seconds(config.recoveryTimeout, 'recoveryTimeout', 120),
      probe: seconds(config.probeAfter, 'probeAfter', 120),
      card: seconds(config.cardTimeout, 'cardTimeout', 600),
    },
    transport,
    ...(trace && { trace }),
    ...(follow && { follow }),
    journal: () => openJournalOf(RED, config.journal),
    predecessors: predecessorsAfterDeploy(RED, node),
    onError: (error) => report(error),
    onWarning: (message) => node.warn(message),
    onAddress: ({ followed, message }) => (followed ? node.log(message) : node.warn(message)),
    onUndelivered: (record, error) => report(undeliveredError(record, error), { payload: payloadOf(record) }),
    onAlarm: (record, { message }) =>
      report(new NexoError('ruling_contradicted', message), { payload: payloadOf(record) }),
  });
}

/** That an outcome was in no node's message. It stays in the list of what was not delivered. */
function undeliveredError({ transactionId, outcome, node }: TransactionRecord, error: Error | undefined): NexoError {
  const why =
    error === undefined
      ? `its node (${node}) is not there, and no other node of this terminal reports such results. Add a payment node for this terminal, and deploy: it sends it.`
      : `its node (${node}) failed with it: ${error.message} The next deploy or restart tries again.`;
  return new NexoError('result_undelivered', `Transaction "${transactionId}" is ${outcome}, but ${why}`, {
    ...(error && { cause: error }),
  });
}

async function openJournalOf(RED: NodeAPI, id: string | undefined): ReturnType<JournalNode['open']> {
  if (!id) return openBuiltInJournal(RED);
  const node = RED.nodes.getNode(id) as JournalNode | null;
  if (node) return node.open();
  throw settingError(
    'journal',
    'The journal of this terminal is disabled or no longer there: pick another one, and deploy.',
  );
}

/** A time in seconds, with decimals, as ms. */
function seconds(value: number | string | undefined, path: string, fallback: number): number {
  if (value === undefined || value === '') return fallback * 1000;
  const ms = Math.round(Number(value) * 1000);
  if (ms > 0 && ms <= 86_400_000) return ms;
  throw settingError(path, `${path} must be seconds from 1 to 86400: correct it in the terminal’s settings.`);
}

/** An hour of the day; undefined: never. */
function hourOf(value: number | string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const hour = Number(value);
  if (Number.isInteger(hour) && hour >= 0 && hour <= 23) return hour;
  throw settingError(
    'maintenanceHour',
    'maintenanceHour must be an hour from 0 to 23, or empty: correct it in the terminal’s settings.',
  );
}

function statusOfState(RED: NodeAPI, state: SessionState, leftOpen: number) {
  if (leftOpen > 0 && (state === 'ready' || state === 'loggedOut')) {
    return show(RED, 'yellow', 'ring', 'leftOpen', { count: String(leftOpen) });
  }
  switch (state) {
    // One status for both: the payment's own node shows its progress.
    case 'ready':
    case 'paying':
      return show(RED, 'green', 'dot', 'ready');
    case 'loggingIn':
      return show(RED, 'blue', 'ring', 'loggingIn');
    case 'maintenance':
      return show(RED, 'blue', 'ring', 'maintenance');
    case 'cardRead':
      return show(RED, 'yellow', 'dot', 'cardRead');
    case 'held':
      return show(RED, 'yellow', 'dot', 'held');
    case 'recovering':
      return show(RED, 'yellow', 'ring', 'recovering');
    case 'unresolved':
      return show(RED, 'red', 'dot', 'unresolvedBlocks');
    case 'unreachable':
      return show(RED, 'red', 'ring', 'unreachable');
    case 'loggedOut':
      return show(RED, 'grey', 'ring', 'loggedOut');
  }
}
