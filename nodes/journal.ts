import { existsSync } from 'node:fs';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { choiceSetting, textSetting, wholeSetting } from '../lib/contract/settings.ts';
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
    const file = () => inUserDirectory(RED, textSetting(config.file, 'file') || `nexo-journal-${this.id}.sqlite`);
    this.exists = () => existsSync(file());
    this.open = async () => {
      const store = textSetting(config.store, 'store');
      if (store !== 'sqlite') {
        throw settingError('store', `The journal cannot be kept in "${store}": choose SQLite.`);
      }
      return openJournal<TransactionRecord>({
        file: file(),
        retentionDays: daysOf(config.retentionDays),
        onLoss: choiceSetting(config.onLoss, 'onLoss', ['stop', 'warn']),
        onWarning: (message) => this.warn(message),
      });
    };
  }
  RED.nodes.registerType('nexo-journal', JournalNode);
}

function daysOf(value: unknown): number {
  const most = Number.MAX_SAFE_INTEGER;
  return wholeSetting(value, 'retentionDays', { least: 0, most, fallback: BUILT_IN_RETENTION_DAYS });
}
