/**
 * Card payments on nexo Retailer 3.1 terminals, for programs in TypeScript and JavaScript: what docs/library.md documents.
 * Everything else in the package is internal.
 */

// Terminals, and payments at them
export { type Clock, systemClock, type Timer } from './clock.ts';
export type { Card, LoyaltyAccount } from './contract/card-details.ts';
export type { PaymentPayload } from './contract/payment-output.ts';
export type { ReversalPayload } from './contract/reversal-output.ts';
// The terminal's own requests, where the POS listens for them
export { Endpoint, type Unregister } from './endpoint/endpoint.ts';
export type { EndpointLimits, EndpointOptions, EndpointRefusal, Receiver, Sender } from './endpoint/options.ts';
// Journals
export { JournalError } from './journal/errors.ts';
export type {
  Journal,
  JournalQuery,
  JournalRow,
  OpenResult,
  TerminalJournal,
  Totals,
  TotalsQuery,
} from './journal/journal.ts';
export type { AcknowledgedLosses, Acknowledgement, JournalCondition, JournalLoss, LossKind } from './journal/losses.ts';
export { Memory, MemoryJournal } from './journal/memory.ts';
// The wire: messages, dialects, vendors
export type { Codec, Decoded, EncodeOptions } from './protocol/codec.ts';
export type { ErrorCode } from './protocol/error-codes.ts';
export { NexoError } from './protocol/errors.ts';
export type { InboundMode, VendorProfile, WireTolerance } from './protocol/profile.ts';
export { swedbankPay } from './protocol/profiles/swedbank-pay.ts';
export type { ReceiptCodes, ReceiptData, ReceiptForm } from './protocol/receipts/receipt-form.ts';
export type { Receipt, Receipts } from './protocol/receipts/receipts.ts';
export { redact, redactForLog } from './protocol/redact.ts';
export type { BodyName, Message, MessageHeader, Nexo, SaleToPOIRequest, SaleToPOIResponse } from './protocol/types.ts';
export { createXmlCodec, xmlCodec } from './protocol/xml/xml-codec.ts';
export type { Phase, Result, SessionState } from './session/effects.ts';
export type { PaymentType } from './session/payment/payment-order.ts';
export type { Outcome, Reason, TransactionRecord } from './session/record.ts';
export type { Timeouts } from './session/timeouts.ts';
export type { NotificationHub, TerminalNotification } from './terminal/notification-hub.ts';
export type { Watcher } from './terminal/payment-watchers.ts';
export { fulfil, onRecovered, type PaymentInput, type Progress, pay, reverse } from './terminal/promises.ts';
export { Terminal } from './terminal/terminal.ts';
export type { TerminalCommand } from './terminal/terminal-command.ts';
export type { TerminalConfig, TerminalOptions } from './terminal/terminal-config.ts';
export { openTraceFile, type TraceFileOptions } from './terminal/trace-file.ts';
export { openTransactionJournal as openJournal } from './terminal/transaction-journal.ts';
export { type TracedExchange, type TraceHook, traceLine, traceText } from './terminal/wire-trace.ts';
// Ways to a terminal
export { type CloudOptions, CloudTransport } from './transport/cloud/cloud-transport.ts';
export { type LanOptions, LanTransport } from './transport/lan.ts';
export type { SendOptions, TerminalRequestHandler, Transport, TransportReply } from './transport/transport.ts';
export { openVirtualTransport, VirtualTransport } from './transport/virtual.ts';
