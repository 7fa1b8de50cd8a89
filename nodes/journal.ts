import { existsSync } from 'node:fs';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { Journal } from '../lib/journal/journal.ts';
import { openJournal } from '../lib/journal/sqlite/sqlite-journal.ts';
import { settingError } from '../lib/protocol/errors.ts';
import type { TransactionRecord } from '../lib/session/record.ts';
import { BUILT_IN_RETENTION_DAYS, inUserDirectory } from './shared/built-in-journal.ts';

interface JournalDef extends NodeDef {
  store: string;
  file: string;
  retentionDays: number | string;
  /** Absent in journals saved before there was such a setting: `stop`. */
  onLoss?: 'stop' | 'warn';
}

/** The interface of a `nexo-journal` node for terminals. */
export interface JournalNode extends Node {
  open(): Promise<Journal<TransactionRecord>>;
  /** Whether its file was begun. */
  exists(): boolean;
}

/** The configuration node `nexo-journal`: the store of transactions, for the terminals that choose it. */
export default function (RED: NodeAPI): void {
  function JournalNode(this: JournalNode, config: JournalDef): void {
    RED.nodes.createNode(this, config);
    const file = () => inUserDirectory(RED, config.file || `nexo-journal-${this.id}.sqlite`);
    this.exists = () => existsSync(file());
    this.open = async () => {
      if (config.store !== 'sqlite') {
        throw settingError('store', `The journal cannot be kept in "${config.store}": choose SQLite.`);
      }
      return openJournal<TransactionRecord>({
        file: file(),
        retentionDays: daysOf(config.retentionDays),
        onLoss: config.onLoss === 'warn' ? 'warn' : 'stop',
        onWarning: (message) => this.warn(message),
      });
    };
  }
  RED.nodes.registerType('nexo-journal', JournalNode);
}

function daysOf(value: number | string): number {
  if (value === '' || value === undefined) return BUILT_IN_RETENTION_DAYS;
  const days = Number(value);
  if (Number.isInteger(days) && days >= 0) return days;
  throw settingError(
    'retentionDays',
    'The journal’s retention must be whole days, 0 for ever: correct it, and deploy.',
  );
}
