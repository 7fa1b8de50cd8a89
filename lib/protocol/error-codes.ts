/**
 * The error catalogue: each code once. `docs/errors.md` is generated from it (`npm run docs:errors`), and a test compares
 * it with the code.
 */

/**
 * Whether money can be involved. `none`: no money moves because of it. `maybe`: a payment or reversal may be under way, or
 * its outcome is not certain. `yes`: money has moved, and stays where it is.
 */
export type Money = 'none' | 'maybe' | 'yes';

export interface CatalogueEntry {
  money: Money;
  /** What happened, for a Node-RED user. */
  meaning: string;
  /** What to do next. */
  advice: string;
}

/** Codes of errors that are thrown: a Catch node finds them in `msg.error.code`. */
export const errorCodes = {
  abort_not_taken: {
    money: 'maybe',
    meaning: 'The terminal did not accept the abort. The payment goes on.',
    advice: "Wait for the payment node's result. Send the abort again if it is still needed.",
  },
  already_closed: {
    money: 'none',
    meaning: 'The transaction that a fulfil node names has ended already. Nothing was changed.',
    advice:
      'Look its outcome up with a transactions node. To hold payments until the goods are out, switch that on in the payment node.',
  },
  ambiguous_terminal: {
    money: 'none',
    meaning: 'msg.terminal fits several terminals. Nothing was sent.',
    advice: 'Set msg.terminal to a node id; the message lists them.',
  },
  amount_too_high: {
    money: 'none',
    meaning: 'The amount is above the highest amount of the terminal. Nothing was sent.',
    advice:
      "Check what the flow sends: a timestamp, or minor units such as 8900 for 89.00, are common mistakes. If the amount is right, raise the highest amount in the terminal's settings.",
  },
  bad_address: {
    money: 'none',
    meaning: 'An address cannot be used: one that a terminal announced, or the POS address of a virtual terminal.',
    advice: 'Correct the address, for example http://127.0.0.1:11001.',
  },
  bad_nesting: {
    money: 'maybe',
    meaning: 'A message from the terminal was cut short, or its XML elements are closed in the wrong order.',
    advice:
      'Nothing, if it happens once: a payment whose answer cannot be read is looked up at the terminal. If it repeats, check what stands between Node-RED and the terminal.',
  },
  cloud_busy: {
    money: 'maybe',
    meaning: 'The cloud service has no capacity now (HTTP 429 or 503).',
    advice:
      'Try again after the time that the message names. A payment that may have reached the terminal is looked up first.',
  },
  cloud_channel_revoked: {
    money: 'maybe',
    meaning:
      'The cloud service does not serve this channel: the terminal was paired elsewhere, or the channel was revoked.',
    advice: 'Pair the terminal again in its settings, then deploy.',
  },
  cloud_credentials: {
    money: 'maybe',
    meaning: 'The cloud service or its token service does not accept the client id, client secret or scope.',
    advice: "Get valid credentials from Swedbank Pay, enter them in the terminal's settings, and deploy.",
  },
  cloud_events: {
    money: 'none',
    meaning:
      'Displays, events and input requests cannot be fetched from the cloud service at the moment. Payments go on.',
    advice: 'Nothing: it is tried again. If it lasts, check the internet connection and the settings for events.',
  },
  cloud_failed: {
    money: 'maybe',
    meaning: 'The cloud service answered with an unexpected HTTP status, or the pairing failed.',
    advice: 'Try again. If it repeats, ask Swedbank Pay.',
  },
  cloud_no_answer: {
    money: 'maybe',
    meaning: 'The cloud service got no answer from the terminal.',
    advice: 'Check that the terminal is on and online. A payment that may have reached it is looked up.',
  },
  cloud_not_paired: {
    money: 'none',
    meaning: 'The terminal is not paired with the cloud service. Nothing was sent.',
    advice:
      "Choose pairing in the terminal's menu, enter its code in the terminal's settings, click Pair, then deploy.",
  },
  cloud_pairing_answer: {
    money: 'none',
    meaning: 'The cloud service answered the pairing without a channel id.',
    advice: 'Ask Swedbank Pay what its answer looks like.',
  },
  cloud_pairing_code: {
    money: 'none',
    meaning: 'The pairing code has wrong characters, is wrong, was used before, or is too old.',
    advice: "Choose pairing in the terminal's menu again, and enter the new code.",
  },
  cloud_pairing_unknown: {
    money: 'none',
    meaning: 'The answer to the pairing was lost, so the code may be used up.',
    advice: "Choose pairing in the terminal's menu again, and enter the new code.",
  },
  cloud_scope: {
    money: 'none',
    meaning: 'The token service does not know the scope. Nothing was sent to the terminal.',
    advice: "Correct the scope in the terminal's settings, and deploy.",
  },
  cloud_secret_needed: {
    money: 'none',
    meaning:
      "The dialog's Pair button needs the client secret, or the value of an environment variable, which is known only after a deploy.",
    advice: 'Enter the value itself, or deploy first.',
  },
  cloud_token: {
    money: 'none',
    meaning: 'The token service gave no usable access token. Nothing was sent to the terminal.',
    advice: "Check the token address and the scope in the terminal's settings.",
  },
  cloud_unreachable: {
    money: 'none',
    meaning: 'The cloud service or its token service cannot be reached. Nothing was sent to the terminal.',
    advice: "Check the internet connection and the addresses in the terminal's settings.",
  },
  dialog_cancelled: {
    money: 'none',
    meaning: 'The customer, or an abort, ended a question, a display or a print before it was done.',
    advice: 'Nothing. Ask again if the answer is still needed.',
  },
  dialog_failed: {
    money: 'none',
    meaning: 'The terminal did not carry out a display, a question or a print.',
    advice: "Read the terminal's reason in the message. A print needs a terminal with a printer and paper.",
  },
  doctype_refused: {
    money: 'maybe',
    meaning: 'A message from the terminal has a DOCTYPE. nexo messages have none, so it was not read.',
    advice: 'Check that a nexo terminal answers at this address.',
  },
  duplicate_attribute: {
    money: 'maybe',
    meaning: 'A message from the terminal has an attribute twice, so it was not read.',
    advice:
      'Check that a nexo terminal answers at this address. A payment whose answer cannot be read is looked up at the terminal.',
  },
  empty: {
    money: 'maybe',
    meaning: 'An empty message came where a nexo message belongs.',
    advice:
      'Check that a nexo terminal answers at this address. A payment whose answer cannot be read is looked up at the terminal.',
  },
  endpoint_address: {
    money: 'none',
    meaning: 'The machine does not have the address on which the endpoint is to listen.',
    advice: "Enter one of the machine's own addresses in the endpoint, or 0.0.0.0 for all of them.",
  },
  endpoint_allow: {
    money: 'none',
    meaning: "An entry of the endpoint's allowed addresses is neither an IP address nor a network.",
    advice: 'Enter addresses such as 192.168.1.20, or networks such as 192.168.1.0/24.',
  },
  endpoint_closed: {
    money: 'none',
    meaning: 'The endpoint was stopped.',
    advice: 'Deploy again.',
  },
  endpoint_conflict: {
    money: 'none',
    meaning: 'Another endpoint uses the same address and port with other settings.',
    advice: 'Let the terminals share one endpoint, or give this one another port.',
  },
  endpoint_disabled: {
    money: 'none',
    meaning: "The endpoint of a terminal is disabled or was deleted. The terminal's payments go on.",
    advice: 'Enable it, or choose another one, and deploy.',
  },
  endpoint_duplicate_poiid: {
    money: 'none',
    meaning: 'Two terminals with the same POIID use one endpoint.',
    advice: 'Give each terminal a POIID of its own.',
  },
  endpoint_failed: {
    money: 'none',
    meaning: 'The endpoint cannot listen, for a reason without a code of its own.',
    advice: 'Read the reason in the message, correct it, and deploy.',
  },
  endpoint_no_http: {
    money: 'none',
    meaning: "The endpoint is to use Node-RED's own server, which is turned off for flows.",
    advice: "Give the endpoint a port of its own, or set httpNodeRoot in Node-RED's settings file.",
  },
  endpoint_path: {
    money: 'none',
    meaning: "The endpoint's path does not begin with /, or has blanks, ? or #.",
    advice: 'Use /EPASSaleToPOI/3.1.',
  },
  endpoint_port: {
    money: 'none',
    meaning: "The endpoint's port is not a whole number from 1 to 65535.",
    advice: 'Enter a port, such as 11000.',
  },
  endpoint_port_forbidden: {
    money: 'none',
    meaning: "The system does not allow Node-RED to use the endpoint's port.",
    advice: 'Choose a port from 1024 up, such as 11000.',
  },
  endpoint_port_in_use: {
    money: 'none',
    meaning: 'Another program, or another endpoint, uses the port.',
    advice: 'Choose another port, here and in the terminals.',
  },
  endpoint_tls: {
    money: 'none',
    meaning: 'The certificate or key of the endpoint cannot be used.',
    advice: "Check both in the endpoint's TLS configuration.",
  },
  escpos_unavailable: {
    money: 'none',
    meaning: 'ESC/POS needs an optional package that could not be loaded.',
    advice: "Install @point-of-sale/receipt-printer-encoder in Node-RED's user directory.",
  },
  forbidden_character: {
    money: 'none',
    meaning: 'A text has a control character, or half a surrogate pair, which XML cannot carry. Nothing was sent.',
    advice: 'Remove the character from the field that the path names.',
  },
  invalid_acknowledgement: {
    money: 'none',
    meaning: 'An acknowledgement of what a journal may have lost cannot be read. Nothing was changed.',
    advice: 'Send { acknowledge: { by: "your name", note: "what was checked" } } to a transactions node.',
  },
  invalid_acquirer_data: {
    money: 'none',
    meaning: 'acquirerData is not an object of short texts, or has a misspelt name. Nothing was sent.',
    advice: 'Send { purchaseOrderNumber, loyaltyPan } as texts of 1 to 64 printable ASCII characters.',
  },
  invalid_action: {
    money: 'none',
    meaning: 'The action of a card node is unknown. Nothing was sent.',
    advice: 'Use read, continue or abort.',
  },
  invalid_amount: {
    money: 'none',
    meaning: 'The amount is missing or is not an amount in this currency. Nothing was sent.',
    advice: 'Send msg.payload = "89.00", or { amount: "89.00" }.',
  },
  invalid_apm_reference: {
    money: 'none',
    meaning: 'apmReference is no reference of a payment, or the payment type is not Refund. Nothing was sent.',
    advice: 'Send payload.apm.reference as it came out of the payment node, and set paymentType to Refund.',
  },
  invalid_await_fulfilment: {
    money: 'none',
    meaning: 'awaitFulfilment is neither true nor false. Nothing was sent.',
    advice: 'Send true or false, or leave it out.',
  },
  invalid_body: {
    money: 'none',
    meaning: 'The body set in a request node is not a JSON object. Nothing was sent.',
    advice: 'Open the node, and correct the body.',
  },
  invalid_cash_back: {
    money: 'none',
    meaning: 'cashBack is no amount, is more than the amount, or comes with a refund. Nothing was sent.',
    advice: 'Send an amount that is part of the total, or leave cashBack out.',
  },
  invalid_command: {
    money: 'none',
    meaning: 'The command of an input node, or of terminal.ask, is unknown. Nothing was sent.',
    advice:
      'Input node: use GetConfirmation (yes or no) or DigitString. terminal.ask: use a type that the message lists.',
  },
  invalid_config: {
    money: 'none',
    meaning:
      'A setting of a node, or of a terminal in a program, is wrong or missing. Until it is corrected, nothing is done.',
    advice: "Open the node's settings: the path names the field. Correct it, and deploy.",
  },
  invalid_context: {
    money: 'none',
    meaning: 'context is not plain JSON, or is larger than 4096 bytes. Nothing was sent.',
    advice: 'Send less, and store the rest yourself under the transactionId.',
  },
  invalid_currency: {
    money: 'none',
    meaning: 'The refund by apmReference is in another currency than its payment. Nothing was sent.',
    advice: 'Refund it in the currency of the payment.',
  },
  invalid_delivered: {
    money: 'none',
    meaning: 'A fulfil node got neither true nor false. Nothing was changed: the payment still waits for its goods.',
    advice: 'Send true, false, or { transactionId, delivered }.',
  },
  invalid_encoding: {
    money: 'maybe',
    meaning: 'A message from the terminal is not UTF-8 text.',
    advice:
      'Check that a nexo terminal answers at this address. A payment whose answer cannot be read is looked up at the terminal.',
  },
  invalid_feed: {
    money: 'none',
    meaning: 'feed is neither true nor false. Nothing was printed.',
    advice: 'Send true or false, or leave it out.',
  },
  invalid_format: {
    money: 'none',
    meaning: 'A line to print has an unknown field, or a look that the terminal does not have. Nothing was printed.',
    advice: 'Correct the field that the path names; the message lists what is possible.',
  },
  invalid_length: {
    money: 'none',
    meaning:
      'minLength or maxLength is no whole number in its range, or minLength is above maxLength. Nothing was sent.',
    advice: 'Correct the number.',
  },
  invalid_limit: {
    money: 'none',
    meaning: 'The limit of a transactions node is not a whole number from 1 to 1000.',
    advice: 'Correct it, and ask for a shorter period to see more.',
  },
  invalid_operator: {
    money: 'none',
    meaning: 'operatorId or shiftNumber is not 1 to 32 printable ASCII characters. Nothing was sent.',
    advice: 'Correct the field that the path names, or leave it out.',
  },
  invalid_payload: {
    money: 'none',
    meaning: 'msg.payload is not what this node takes. Nothing was sent.',
    advice: 'Send what the message describes. A reversal node without any payload reverses the last payment.',
  },
  invalid_payment_instrument: {
    money: 'none',
    meaning:
      "paymentInstrument cannot be used: it is no gift card number, or the number of a card scheme's card. Nothing was sent.",
    advice: 'Have the customer present the card to the terminal. Key in gift cards and the like only.',
  },
  invalid_payment_type: {
    money: 'none',
    meaning: 'paymentType is neither Normal nor Refund. Nothing was sent.',
    advice: 'Use Normal for a purchase, Refund for a refund.',
  },
  invalid_period: {
    money: 'none',
    meaning: 'The period of a transactions node cannot be read, ends before it begins, or is too long.',
    advice: 'Send days such as "2026-03-29", "today" or "yesterday", with from before to.',
  },
  invalid_query: {
    money: 'none',
    meaning: 'The query or scope of a transactions node is unknown.',
    advice: 'Use one of those that the message lists.',
  },
  invalid_reason: {
    money: 'none',
    meaning: 'The reason of a reversal is unknown. Nothing was sent.',
    advice: 'Use MerchantCancel or Malfunction.',
  },
  invalid_receipt: {
    money: 'none',
    meaning: 'A setting in msg.receipt, or in the receipt node, is unknown or does not fit.',
    advice: 'Correct the setting that the path names.',
  },
  invalid_ruling: {
    money: 'none',
    meaning:
      'The ruling is incomplete, or does not fit what is unresolved about the transaction. Nothing was recorded.',
    advice: 'Send { transactionId, outcome, by, note } with an outcome that the message lists.',
  },
  invalid_sale_items: {
    money: 'none',
    meaning: 'saleItems has a wrong field, or does not add up to the amount. Nothing was sent.',
    advice: 'Correct the field that the path names, or the amount.',
  },
  invalid_service_id: {
    money: 'none',
    meaning: 'serviceId is not a text of at most 10 characters.',
    advice: 'Send payload.serviceId as it came out of the payment node.',
  },
  invalid_split_payment: {
    money: 'none',
    meaning: 'splitPayment is neither true nor false. Nothing was sent.',
    advice: 'Send true or false, or leave it out.',
  },
  invalid_text: {
    money: 'none',
    meaning:
      'There is no text to show or print, or it has too many lines, too long ones, or control characters. Nothing was sent.',
    advice: 'Send text or lines as msg.payload, or set the text in the node.',
  },
  invalid_timeout: {
    money: 'none',
    meaning: 'The timeout of a question is not a whole number of seconds from 1 to 3600. Nothing was sent.',
    advice: 'Correct the number, or leave it out.',
  },
  invalid_transaction_id: {
    money: 'none',
    meaning: 'transactionId is not 1 to 64 printable ASCII characters. Nothing was sent.',
    advice: 'Send a text such as an order number.',
  },
  invalid_value: {
    money: 'maybe',
    meaning:
      'A field of a nexo message has a value that its type does not allow. A message with such a field is not sent; one that was received is not used.',
    advice:
      'Correct the field that the path names. A payment whose answer cannot be read is looked up at the terminal.',
  },
  journal_closed: {
    money: 'none',
    meaning: 'The journal was closed, because its node was stopped. Nothing new was sent.',
    advice: 'Deploy again. Open payments are looked up at the next start.',
  },
  journal_corrupt: {
    money: 'maybe',
    meaning: 'The journal file is damaged. No new payment is started.',
    advice:
      'Read the message: it names the file that was set aside. Compare payments that were open with the terminal, then restart the flows.',
  },
  journal_failed: {
    money: 'maybe',
    meaning:
      'The journal cannot be read or written, for a reason without a code of its own. No new payment is started; what is under way is looked up later.',
    advice: "Check the disk and the file's path, then restart the flows.",
  },
  journal_foreign: {
    money: 'none',
    meaning:
      'The file is not a journal, or was written by a newer version. It was not touched, and no payment is started.',
    advice: 'Choose another file, or install the newer version again.',
  },
  journal_full: {
    money: 'maybe',
    meaning: 'The disk is full, so no new payment is started. Nothing that was written is lost.',
    advice: 'Free some space: payments are possible again as soon as there is.',
  },
  journal_locked: {
    money: 'none',
    meaning: 'Another program has the journal open, for example a second Node-RED. No payment is started.',
    advice: 'Stop that program, or choose another file.',
  },
  journal_lost: {
    money: 'maybe',
    meaning:
      'The journal began anew, is not the one that was there before, or was deleted while in use. Payments may be missing in it, so a repeated order could be charged twice. The terminals that it concerns start no payment.',
    advice:
      'Put the right file back if there is one. Otherwise compare the payments of the terminal and the acquirer with your orders, then acknowledge it with a transactions node: { acknowledge: { by: "your name" } }.',
  },
  journal_readonly: {
    money: 'maybe',
    meaning: 'The journal cannot be written, so no new payment is started. Nothing that was written is lost.',
    advice: "Give Node-RED's user write permission to the file and its folder.",
  },
  journal_stale: {
    money: 'maybe',
    meaning:
      'The terminal was opened again in its journal, perhaps by a second Node-RED. The earlier session writes nothing more; the newer one resolves what is open.',
    advice: 'Use the terminal from one place only: stop the second Node-RED, then restart the flows.',
  },
  journal_unreadable: {
    money: 'maybe',
    meaning:
      'The journal cannot be read, so whether this transactionId was paid before cannot be seen. Nothing was sent now.',
    advice:
      "Look at the terminal's last receipt before you take the money again. Make the journal readable (the message says what is wrong with it), then send the same transactionId again.",
  },
  left_open: {
    money: 'maybe',
    meaning:
      'Transactions are open, or were not delivered, under settings (SaleID, POIID, journal) that no running terminal has: they were edited, or the terminal was disabled or deleted.',
    advice:
      'The message says whether a terminal asks about them. If none does, restore the settings, or rule on each with a transactions node, which lists them.',
  },
  login_failed: {
    money: 'none',
    meaning: 'The login at the terminal failed.',
    advice: 'Check that the terminal is on, and its connection settings and POIID.',
  },
  logout_failed: {
    money: 'none',
    meaning: 'The logout failed. The login session may still be open.',
    advice: 'Try again. Payments are possible all the same.',
  },
  malformed_xml: {
    money: 'maybe',
    meaning: 'A message from the terminal is not well-formed XML.',
    advice:
      'Check that a nexo terminal answers at this address. A payment whose answer cannot be read is looked up at the terminal.',
  },
  missing: {
    money: 'maybe',
    meaning: 'A nexo message lacks a field that it needs. It is not sent; one that was received is not used.',
    advice: 'Add the field that the path names. A payment whose answer cannot be read is looked up at the terminal.',
  },
  moves_money: {
    money: 'none',
    meaning:
      'A request node does not send this message: it moves money, or what is worth money, and there would be no record of it.',
    advice: 'Use the payment, reversal and fulfil nodes.',
  },
  no_answer: {
    money: 'none',
    meaning: 'The terminal did not answer a request that moves no money. It may have carried it out.',
    advice: 'Check at the terminal, then send it again if need be.',
  },
  no_body: {
    money: 'maybe',
    meaning: 'A message has no nexo body. It is not sent; one that was received is not used.',
    advice: 'In a request node, send { AdminRequest: {} } or another request.',
  },
  no_operator: {
    money: 'none',
    meaning: 'A ruling came without the name of the person who decides. Nothing was recorded.',
    advice: 'Send by, with the name of that person.',
  },
  no_receipt: {
    money: 'none',
    meaning: 'msg.payload has no receipt, or not the copy that is asked for.',
    advice: 'Send the payload of a payment or reversal. Without a card there may be no receipt.',
  },
  no_receipt_data: {
    money: 'none',
    meaning: 'The receipt has no data from which it could be formatted.',
    advice: "Use the terminal's own text.",
  },
  no_reply_to: {
    money: 'none',
    meaning: 'The message to a reply node does not say which question it answers. The terminal still waits.',
    advice: 'Keep the msg.nexo that came out of the listener.',
  },
  no_terminal: {
    money: 'none',
    meaning: 'No terminal is chosen in the node, or given to the function. Nothing was sent.',
    advice: 'Open the node, choose a terminal, and deploy. In a program: give a Terminal.',
  },
  no_transaction_id: {
    money: 'none',
    meaning: 'The message does not say which payment or card it is about. Nothing was changed.',
    advice: 'Keep the msg that came out of the payment or card node, or send { transactionId }.',
  },
  not_an_input: {
    money: 'none',
    meaning: 'A value was sent as the answer to something that is not a question.',
    advice: "Answer only what came out of a listener's print or input output.",
  },
  not_awaiting: {
    money: 'none',
    meaning: 'The transaction does not wait for goods: it is unknown, in progress, or closed. Nothing was changed.',
    advice: 'Check the transactionId. Send true or false only after the payment was approved.',
  },
  not_followed: {
    money: 'none',
    meaning: 'A new address was proposed for a terminal that is not set to follow it.',
    advice: "Nothing. To follow new addresses, switch that on in the terminal's settings.",
  },
  not_last: {
    money: 'yes',
    meaning: 'The payment is not the last one of this terminal, so it is too late to reverse it. It stands.',
    advice: 'Make a refund.',
  },
  not_nexo: {
    money: 'maybe',
    meaning: 'What was sent or received is not a nexo message.',
    advice: 'Check that a nexo terminal answers at this address, or correct the message that you send.',
  },
  not_reversible: {
    money: 'none',
    meaning: 'The transaction is not approved, or has been reversed or ruled on already. Nothing was changed.',
    advice: 'Look its outcome up with a transactions node.',
  },
  not_sent: {
    money: 'none',
    meaning: 'A request that moves no money was not sent, or not accepted by the terminal.',
    advice: 'Read the reason in the message, and try again.',
  },
  not_unresolved: {
    money: 'none',
    meaning:
      'The transaction is not unresolved on this terminal, so there is nothing to rule on. Nothing was recorded.',
    advice: 'Look its outcome up with a transactions node.',
  },
  outcome_pending: {
    money: 'maybe',
    meaning:
      'A program closed its terminal before the outcome of a payment was certain. It occurs in the library only.',
    advice:
      'Start the terminal again: it asks for the outcome. Repeat the transactionId to get it; without one, onRecovered gets it.',
  },
  own_node: {
    money: 'none',
    meaning: 'A request node does not send this message, because another node does.',
    advice: 'Use the node that the message names.',
  },
  pool_empty: {
    money: 'none',
    meaning: 'None of the terminals in the pool runs. Nothing was sent.',
    advice: 'Open the pool, choose its terminals, enable them, and deploy.',
  },
  pool_unsure: {
    money: 'maybe',
    meaning:
      'It cannot be determined whether the transactionId was used before on a terminal of the pool, because a journal cannot be read. Nothing was sent now.',
    advice:
      'Enable that terminal and correct its settings, or remove it from the pool, and deploy. Then repeat the message.',
  },
  refund_exceeds_original: {
    money: 'none',
    meaning: 'The refund by apmReference is more than what is left of its payment. Nothing was sent.',
    advice: 'Refund at most the amount that the message names.',
  },
  refund_too_early: {
    money: 'none',
    meaning: 'The payment to refund is still in progress, held, or being reversed. Nothing was sent.',
    advice: 'Wait for its certain outcome.',
  },
  repeated: {
    money: 'maybe',
    meaning: 'A message from the terminal has an element twice, so it was not used.',
    advice:
      'Check that a nexo terminal answers at this address. A payment whose answer cannot be read is looked up at the terminal.',
  },
  reply_too_late: {
    money: 'none',
    meaning:
      'The question was answered already, has expired, or its terminal was restarted. The terminal did not get the reply.',
    advice: 'Nothing. A signature that was not confirmed in time is treated as refused.',
  },
  reply_unfit: {
    money: 'none',
    meaning: 'The reply does not fit the question. The terminal still waits.',
    advice: 'Send what the message describes as msg.payload.',
  },
  result_not_order: {
    money: 'maybe',
    meaning:
      "A payment's result came into a payment node, and it cannot be tried again or refunded: its money moved, may have moved, or went back. Nothing was sent now.",
    advice:
      'Send an amount for a new payment. To refund an approved payment, send its result to a payment node that is set to Refund.',
  },
  result_undelivered: {
    money: 'maybe',
    meaning:
      'The outcome of a payment was in no message: its node was deleted, or has another id since, and no other payment node names its terminal; or the node failed with it.',
    advice:
      'The outcome is in msg.payload. Add a payment node for that terminal, and deploy: it sends the outcome. A transactions node lists what was not delivered.',
  },
  ruling_contradicted: {
    money: 'yes',
    meaning: "The terminal answered after all, and says otherwise than the person's ruling. The ruling stands.",
    advice: 'Compare with the acquirer, and correct it by hand: refund, or charge again.',
  },
  several_bodies: {
    money: 'maybe',
    meaning: 'A message has more than one nexo body. It is not sent; one that was received is not used.',
    advice: 'Send one request per message.',
  },
  still_open: {
    money: 'maybe',
    meaning: 'The transaction is still in progress. Nothing was changed.',
    advice: 'Wait for its certain outcome, then try again.',
  },
  store_damaged: {
    money: 'none',
    meaning: 'A file of the virtual terminal holds something else.',
    advice: 'Move the file away, and start the virtual terminal again.',
  },
  store_unusable: {
    money: 'none',
    meaning: 'The virtual terminal cannot use its file.',
    advice: 'Name a file that can be written.',
  },
  terminal_disabled: {
    money: 'none',
    meaning: 'The terminal of the node is disabled or was deleted. Nothing was sent.',
    advice: 'Enable it, or choose another one, and deploy.',
  },
  terminal_in_use: {
    money: 'none',
    meaning: 'Another terminal node has the same POIID and SaleID.',
    advice: 'Use that terminal node, or give this one a POIID of its own.',
  },
  terminal_stopped: {
    money: 'maybe',
    meaning:
      'The terminal was closed, by a deploy or by the program. A payment that was sent before is looked up at the next start.',
    advice: 'Deploy again, or make the terminal anew, then repeat the request with the same transactionId.',
  },
  too_deep: {
    money: 'maybe',
    meaning: 'A message is nested deeper than any nexo message, so it was not read.',
    advice: 'Check that a nexo terminal answers at this address.',
  },
  too_large: {
    money: 'maybe',
    meaning: 'A message is larger than any nexo message, so it was not read.',
    advice: 'Check that a nexo terminal answers at this address.',
  },
  trailing_content: {
    money: 'maybe',
    meaning: 'A message goes on after its end, so it was not used.',
    advice:
      'Check that a nexo terminal answers at this address. A payment whose answer cannot be read is looked up at the terminal.',
  },
  transaction_elsewhere: {
    money: 'maybe',
    meaning: 'The transactionId belongs to another terminal. Nothing was sent or changed now.',
    advice: 'Use that terminal, ask a status node for the outcome, or take a new transactionId for a new payment.',
  },
  transaction_mismatch: {
    money: 'maybe',
    meaning: 'The transactionId was used before with another amount, currency or type. Nothing was sent now.',
    advice: 'Take a new transactionId for a new payment.',
  },
  transaction_unsure: {
    money: 'maybe',
    meaning:
      'It cannot be determined whether the transactionId was used before, because the journal of another terminal cannot be read. Nothing was sent now.',
    advice: 'Correct that journal, then repeat the message.',
  },
  undefined_entity: {
    money: 'maybe',
    meaning: 'A message from the terminal uses an entity that XML does not define.',
    advice:
      'Check that a nexo terminal answers at this address. A payment whose answer cannot be read is looked up at the terminal.',
  },
  unknown_code: {
    money: 'none',
    meaning: 'A field of the message has a code that nexo does not list. Nothing was sent.',
    advice: 'Use one of the codes that the message lists.',
  },
  unknown_currency: {
    money: 'none',
    meaning: 'The currency is unknown. Nothing was sent.',
    advice: 'Use an ISO 4217 code, such as "SEK".',
  },
  unknown_field: {
    money: 'none',
    meaning: 'The message has a field that nexo does not have in this place. Nothing was sent.',
    advice: 'Correct the name that the path gives, or leave the field out.',
  },
  unknown_terminal: {
    money: 'none',
    meaning: 'msg.terminal names no terminal that runs. Nothing was sent.',
    advice: "Set msg.terminal to a node id, a name or a POIID from the message's list.",
  },
  unknown_transaction: {
    money: 'none',
    meaning: 'The journal does not have the transaction. Nothing was changed.',
    advice: 'Check the transactionId.',
  },
  which_terminal: {
    money: 'none',
    meaning: 'Of several terminals in a pool, the message does not say which one is meant. Nothing was sent.',
    advice: 'Keep the msg.nexo of the node before, or set msg.terminal.',
  },
  wrong_answer: {
    money: 'none',
    meaning: 'The answer does not fit the question of the terminal. The terminal still waits.',
    advice: 'Send what the message describes.',
  },
  wrong_header: {
    money: 'maybe',
    meaning: 'The header of a nexo message does not match its body. It is not sent; one that was received is not used.',
    advice:
      'Check that a nexo terminal answers at this address. A payment whose answer cannot be read is looked up at the terminal.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCodes;

/**
 * Conditions that this package itself puts into `error.condition` of a payload. A terminal may send others: they are
 * nexo's ErrorCondition.
 */
export const errorConditions = {
  Aborted: {
    money: 'none',
    meaning: 'A payment was aborted before it was sent, or a card was not read or no longer kept.',
    advice: 'Nothing. Start again if it is still wanted.',
  },
  AmountMismatch: {
    money: 'maybe',
    meaning:
      'The terminal approved another amount or currency than was asked for, and no tip explains it. The outcome is unresolved.',
    advice:
      'Do not charge again. Look at the terminal and its receipt; rule on the transaction if it stays unresolved.',
  },
  Busy: {
    money: 'none',
    meaning: 'The terminal is busy with another payment, or was for too long. This one was not sent.',
    advice: 'Try again when the terminal is free.',
  },
  ForeignTransaction: {
    money: 'maybe',
    meaning: "The terminal's answer is about another transaction. The outcome of this one is unresolved.",
    advice: 'Do not charge again. The terminal is asked again; rule on the transaction if it stays unresolved.',
  },
  Held: {
    money: 'yes',
    meaning: 'The payment is approved, and waits for a fulfil node to say whether the goods came out.',
    advice: 'Send true or false to a fulfil node.',
  },
  InProgress: {
    money: 'maybe',
    meaning: 'The transaction is still in progress.',
    advice: 'Wait: its own node sends the outcome.',
  },
  Journal: {
    money: 'none',
    meaning: 'The journal cannot be written, so nothing was sent.',
    advice: "Correct what the journal's error says. Then start again.",
  },
  MessageFormat: {
    money: 'maybe',
    meaning:
      "The terminal's answer lacks what it needs, or has an unknown result; or the terminal could not read the request.",
    advice:
      'Check that terminal and settings fit each other. A payment without a usable answer is looked up at the terminal.',
  },
  NoAnswer: {
    money: 'maybe',
    meaning:
      'The terminal did not answer in time, or its answer cannot be used. The request may have been carried out.',
    advice: 'Do not charge again. A payment is looked up at the terminal until its outcome is certain.',
  },
  NotAllowed: {
    money: 'none',
    meaning: 'No card was read for this transaction, or the terminal does not allow the request now.',
    advice: 'Read a card first, or log in.',
  },
  NotFound: {
    money: 'maybe',
    meaning:
      'The terminal or the journal does not know the transaction. For a payment with outcome not_started: the request never reached the terminal.',
    advice: 'Look at outcome: not_started means that no money moved. Else check the transactionId.',
  },
  NotLast: {
    money: 'yes',
    meaning: 'Another transaction came after the payment, so it could not be reversed. It stands.',
    advice: 'Make a refund.',
  },
  NotReversed: {
    money: 'yes',
    meaning: 'The reversal of an approved payment could not be started yet.',
    advice: 'Wait: it is tried again. The customer is still charged.',
  },
  Refusal: {
    money: 'none',
    meaning: 'The bank or the card declined the payment, or the signature was not accepted: no money moved in the end.',
    advice: 'Let the customer pay in another way.',
  },
  Restart: {
    money: 'none',
    meaning: 'Node-RED stopped before the payment was sent.',
    advice: 'Start the payment again.',
  },
  Reversed: {
    money: 'none',
    meaning: 'The payment was approved, then reversed: in the end no money moved.',
    advice: 'Nothing.',
  },
  Ruled: {
    money: 'maybe',
    meaning: 'A person ruled on the outcome; the terminal did not confirm it.',
    advice: 'See ruling in the payload of a transactions node.',
  },
  RulingContradicted: {
    money: 'yes',
    meaning: 'The terminal answered after a ruling, and says otherwise.',
    advice: 'Compare with the acquirer, and correct it by hand.',
  },
  Unreachable: {
    money: 'none',
    meaning: 'The terminal cannot be reached. The request was not sent.',
    advice: 'Check that the terminal is on, and its connection settings.',
  },
  Unresolved: {
    money: 'maybe',
    meaning:
      'The outcome is not certain yet; or an earlier payment on this terminal is unresolved, and this one was not sent.',
    advice: 'Look at outcome: not_started means that this one was not sent. Wait for the earlier one, or rule on it.',
  },
  Unspecified: {
    money: 'maybe',
    meaning: 'The terminal gave no reason.',
    advice: "Look at outcome, and at the terminal's display.",
  },
} as const satisfies Record<string, CatalogueEntry>;
