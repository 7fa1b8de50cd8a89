import assert from 'node:assert/strict';
import { it } from 'node:test';
import { swedbankReceipt } from '../../lib/protocol/profiles/swedbank-receipt.ts';
import { definitions } from '../../lib/protocol/schema.ts';
import type { Nexo } from '../../lib/protocol/types.ts';
import { notificationOf } from '../../lib/session/inbound/terminal-notification.ts';

it('an event of any kind that nexo names is told by that name', () => {
  const kinds = definitions.EventToNotify.enum;
  assert.ok(kinds.length > 10);
  for (const EventToNotify of kinds) {
    const EventNotification = { TimeStamp: 'T', EventToNotify, EventDetails: 'why' };
    const notification = notificationOf(
      { MessageHeader: {} as Nexo<'MessageHeader'>, EventNotification },
      swedbankReceipt,
    );
    const expected = { kind: 'event', event: EventToNotify, maintenanceRequired: false, details: 'why' };
    assert.deepEqual(notification, { ...expected, lines: ['why'], text: 'why' });
  }
});
