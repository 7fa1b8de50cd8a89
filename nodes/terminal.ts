import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { defaultMaxAmounts, maxAmountSetting } from '../lib/contract/max-amount.ts';
import { payloadOf } from '../lib/contract/payment-output.ts';
import {
  booleanSetting,
  choiceSetting,
  currencySetting,
  languageSetting,
  nameSetting,
  secondsSetting,
  textSetting,
  wholeSetting,
} from '../lib/contract/settings.ts';
import { NexoError, settingError } from '../lib/protocol/errors.ts';
import { swedbankPay } from '../lib/protocol/profiles/swedbank-pay.ts';
import type { SessionState } from '../lib/session/effects.ts';
import type { TransactionRecord } from '../lib/session/record.ts';
import { Terminal } from '../lib/terminal/terminal.ts';
import type { TraceHook } from '../lib/terminal/wire-trace.ts';
import type { Transport } from '../lib/transport/transport.ts';
import type { JournalNode } from './journal.ts';
import { type AddressFollowingDef, addressPolicyOf, initialTransportOf } from './shared/address-following.ts';
import { afterEachDeploy, afterSubscriptions, deferUntilDeployed } from './shared/after-deploy.ts';
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
  /** Absent in terminals saved before there was such a setting: the currency's default. */
  maxAmount?: string | number;
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
    this.identity = { poiId: String(poiId), saleId: String(saleId), journal };
    this.currency = 'SEK';
    this.title = String(config.name || config.poiId || config.host || 'virtual terminal');
    const defer = deferUntilDeployed(RED, this);
    const report: Report = (error, msg = {}) => defer(() => this.error(errorForCatch(error), msg));
    const failed = (error: unknown) => {
      if (!(error instanceof NexoError)) throw error;
      this.problem = error;
      report(error);
      defer(() => this.status(show(RED, 'red', 'ring', 'error')));
    };
    let stop: () => Promise<unknown> = async () => undefined;
    const start = () => {
      stop = run(RED, this, config, report);
      delete this.problem;
    };
    try {
      if (isPoolDef(config)) return startPool(RED, this, config);
      start();
    } catch (error) {
      failed(error);
      // The other terminal may go with a later deploy, which does not restart this node.
      if (this.problem?.code === 'terminal_in_use') startWhenFree(RED, this, start, failed);
    }
    this.on('close', (done: (error?: Error) => void) => {
      stop().then(() => done(), done);
    });
  }
  RED.nodes.registerType<TerminalNode & CloudNode, TerminalDef, object, CloudCredentials>(
    'nexo-terminal',
    TerminalNode,
    {
      // The dialog shows what an empty field means: one table for both.
      settings: { nexoTerminalMaxAmounts: { value: { ...defaultMaxAmounts }, exportable: true } },
      credentials: { clientId: { type: 'text' }, clientSecret: { type: 'password' }, channelId: { type: 'password' } },
    },
  );
}

/** Passes an error on to Catch nodes. */
type Report = (error: Error, msg?: NodeMessage) => void;

/** Opens the terminal. @returns a function that stops it. @throws NexoError wrong settings, `terminal_in_use` */
function run(
  RED: NodeAPI,
  node: TerminalNode & CloudNode,
  config: TerminalDef,
  report: Report,
): () => Promise<unknown> {
  node.journal = journalKeyOf(config);
  node.currency = currencySetting(config.currency);
  const maxAmount = maxAmountSetting(textSetting(config.maxAmount, 'maxAmount'), node.currency);
  if (maxAmount !== '') node.maxAmount = maxAmount;
  const transport = initialTransportOf(RED, config, node.credentials);
  const trace = traceOf(RED, node, config);
  let terminal: Terminal;
  try {
    terminal = open(RED, node, config, transport, trace.hook, report);
  } catch (error) {
    void transport.close();
    void trace.close();
    throw error;
  }
  node.terminal = terminal;
  const statusOf = (state: SessionState) => statusOfState(RED, state, leftOpenCount(node));
  node.showState = followState(node, terminal, statusOf).refresh;
  const unregister = registerTerminal(RED, readyOf(node));
  const closeInbound = wireInbound(RED, config, { terminal, transport }, report);
  return () => {
    // Close the terminal first, so that queued callers are rejected before their nodes detach.
    const closed = terminal.close();
    unregister();
    return Promise.all([closeInbound(), closed]).then(() => trace.close());
  };
}

/** Starts a terminal whose POIID and SaleID were in use, once a deploy has stopped the other one. */
function startWhenFree(RED: NodeAPI, node: Node, start: () => void, failed: (error: unknown) => void): void {
  const stop = afterEachDeploy(RED, () => {
    try {
      start();
    } catch (error) {
      if (error instanceof NexoError && error.code === 'terminal_in_use') return;
      failed(error);
    }
    stop();
  });
  node.on('close', () => stop());
}

function open(
  RED: NodeAPI,
  node: TerminalNode,
  config: TerminalDef,
  transport: Transport,
  trace: TraceHook | undefined,
  report: Report,
): Terminal {
  const virtual = config.connection === 'virtual';
  const poiId =
    nameSetting(config.poiId, 'poiId', 'terminal id (POIID)') || (virtual ? `V${node.id}`.slice(0, 32) : '');
  if (poiId === '')
    throw settingError('poiId', 'The terminal’s POIID is missing: enter it in the terminal’s settings.');
  const saleId = nameSetting(config.saleId, 'saleId', 'till id (SaleID)') || '1';
  const maintenanceHour = hourOf(config.maintenanceHour);
  const follow = addressPolicyOf(RED, config);
  return new Terminal({
    config: {
      poiId,
      saleId,
      language: languageSetting(config.language),
      autoLogin: booleanSetting(config.autoLogin, 'autoLogin', true),
      whenBusy: choiceSetting(config.whenBusy, 'whenBusy', ['wait', 'refuse']),
      approvedAfterAbort: choiceSetting(config.approvedAfterAbort, 'approvedAfterAbort', ['keep', 'reverse']),
      ...inboundConfigOf(config),
      ...(maintenanceHour !== undefined && { maintenanceHour }),
    },
    timeouts: timeoutsOf(config),
    transport,
    ...(trace && { trace }),
    ...(follow && { follow }),
    journal: () => openJournalOf(RED, config.journal),
    predecessors: predecessorsAfterDeploy(RED, node),
    onError: (error) => report(error),
    onWarning: (message) => node.warn(message),
    onAddress: ({ followed, message }) => (followed ? node.log(message) : node.warn(message)),
    onUndelivered: (record, error) =>
      report(undeliveredError(record, error), { payload: payloadOf(record, swedbankPay) }),
    onAlarm: (record, { message }) =>
      report(new NexoError('ruling_contradicted', message), { payload: payloadOf(record, swedbankPay) }),
  });
}

function timeoutsOf(config: TerminalDef) {
  return {
    response: secondsSetting(config.responseTimeout, 'responseTimeout', 300),
    recovery: secondsSetting(config.recoveryTimeout, 'recoveryTimeout', 120),
    probe: secondsSetting(config.probeAfter, 'probeAfter', 120),
    card: secondsSetting(config.cardTimeout, 'cardTimeout', 600),
  };
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

/** An hour of the day; undefined: never. */
function hourOf(value: unknown): number | undefined {
  const hour = wholeSetting(value, 'maintenanceHour', { least: 0, most: 23, fallback: -1 });
  return hour < 0 ? undefined : hour;
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
