import assert from 'node:assert/strict';
import { it } from 'node:test';
import { operatorIn } from '../../lib/contract/operator-input.ts';
import { refusal } from '../support/refusal.ts';

it('reads operator and shift from a login’s payload, where it has them', () => {
  assert.deepEqual(operatorIn({ operatorId: 7, shiftNumber: 'late' }), { id: '7', shift: 'late' });
  assert.deepEqual(operatorIn({ operatorId: 'Åsa'.normalize('NFD').replace(/[^ -~]/g, '') }), { id: 'Asa' });
  for (const payload of [undefined, null, true, 'open', 89, {}, [], { operatorId: null }]) {
    assert.equal(operatorIn(payload), undefined);
  }
});

it('refuses what cannot be on the wire or in a report', () => {
  for (const operatorId of ['', 'Åsa', 'a\nb', {}, 1.5, 'x'.repeat(33)]) {
    const { code, path } = refusal(() => operatorIn({ operatorId }));
    assert.deepEqual([code, path], ['invalid_operator', 'payload.operatorId']);
  }
});
