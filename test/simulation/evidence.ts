import type { MessageHeader } from '../../lib/protocol/types.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';

/** A request for a payment that left. */
export interface Sent {
  serviceId: string;
  /** When, in the order of all that happened. */
  order: number;
  /** Which memory stood there when it left. */
  readonly sentTo: number;
  /** The memory of the terminal that took it up; until then, the same. */
  memory: number;
  /** ServiceID of what was the terminal's last transaction when it left. */
  lastBefore: string | undefined;
  /** The terminal said that it did not start, or was never reached. */
  refused: boolean;
  /** Another terminal took the login before it left, or a login while it was out: it may have reached either. */
  stranger?: true;
  /** Copies of it that the network still carries. */
  onTheWay: number;
  /** The device has taken it up: so it was started, whatever the POS hears of its copies. */
  begun: boolean;
  /** How it ended on the terminal: its ErrorCondition, `Success` or `Partial`. */
  ended?: string;
}

/** Money that moved on the terminal. */
export interface Moved {
  serviceId: string;
  poiTransactionId: string;
  amount: number;
  currency: string;
  order: number;
  reversed: boolean;
}

/** What the flow was told. */
export interface Telling {
  record: TransactionRecord;
  final: boolean;
  order: number;
  /** The process it happened in. */
  life: number;
}

/** All there is to know about one transactionId. */
export interface Story {
  readonly key: string;
  readonly sent: Sent[];
  readonly moved: Moved[];
  readonly told: Telling[];
  /** A person decided about it: what the flow is told from then on is that person's word. */
  ruled: boolean;
  /** What the terminal said of it after that, every time. */
  evidence: string[];
  /** What the person said was contradicted, and somebody was told. */
  alarmed: boolean;
  /** Its reversal was reported as not done, and was not asked for again. */
  denied: boolean;
  /** Told of while the journal could not be read. */
  blind: boolean;
  /** The process that wrote its record last. */
  writtenIn: number;
  /** A process was killed while it was on its way. */
  killed: boolean;
}

/** What is out at a terminal, its outcome not known to the POS yet. */
export interface Out {
  key: string;
  serviceId: string;
  /** It was asked about, in this process. */
  asked: boolean;
  /** Its outcome is on the disk; it waits for something else. */
  settled: boolean;
}

/** What was seen of one terminal. */
export interface Till {
  /** The journal's name for it, as the settings are now, and all that it ever had. */
  name: string;
  readonly names: Set<string>;
  /** As the settings are now. */
  poiId: string;
  readonly serviceIds: Set<string>;
  /** By `idOf`. */
  readonly byServiceId: Map<string, { story: Story; sent: Sent }>;
  /** When its latest messages left, in ms of virtual time. */
  readonly sentAt: number[];
  out: Out | undefined;
  /** Serial number of the terminal that took the latest login of this process. */
  loggedIn?: string | undefined;
}

/** Something asked of a terminal, by somebody who waits for the answer. */
export interface Call {
  ref: string;
  till: Till;
  about: string;
  life: number;
  at: number;
  /** Of a payment. */
  amount?: number;
  answers: number;
}

/** Identifies a request: ServiceIDs are unique for one SaleID and POIID. */
export function idOf({ SaleID, POIID, ServiceID = '' }: MessageHeader): string {
  return requestId(`${SaleID}/${POIID}`, ServiceID);
}

/** @param terminal `SaleID/POIID` */
export function requestId(terminal: string, serviceId: string): string {
  return `${terminal}/${serviceId}`;
}

/** What is known of the request that a record names. @param terminal `SaleID/POIID` */
export function known(till: Till, terminal: string, serviceId: string): { story: Story; sent: Sent } | undefined {
  return till.byServiceId.get(requestId(terminal, serviceId));
}

export function newSent(
  serviceId: string,
  order: number,
  { memory, last }: { memory: number; last: string | undefined },
): Sent {
  return { serviceId, order, sentTo: memory, memory, lastBefore: last, refused: false, onTheWay: 0, begun: false };
}

export function newStory(key: string): Story {
  return {
    key,
    sent: [],
    moved: [],
    told: [],
    ruled: false,
    evidence: [],
    alarmed: false,
    denied: false,
    blind: false,
    writtenIn: 0,
    killed: false,
  };
}
