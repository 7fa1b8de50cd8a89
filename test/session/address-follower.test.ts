import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { announcedAddress } from '../../lib/protocol/profiles/swedbank-address.ts';
import { redact } from '../../lib/protocol/redact.ts';
import type { TerminalLocation } from '../../lib/protocol/terminal-location.ts';
import type { Nexo, SaleToPOIRequest, SaleToPOIResponse } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { addressOf } from '../../lib/session/inbound/terminal-address.ts';
import { addressMessage } from '../../lib/virtual/pos/terminal-messages.ts';
import { Driver } from '../support/session-driver.ts';
import { sample } from '../support/wire.ts';

const HOME = '192.168.1.20:11000';
const NEW = '192.168.1.77:11000';
const SERIAL = '1710000520';

function requestOf(message: object): SaleToPOIRequest {
  assert.ok('SaleToPOIRequest' in message);
  return message.SaleToPOIRequest as SaleToPOIRequest;
}

/** A configuration message with that text in it. */
function configured(text: string, DestinationAddress = '127.0.0.1:15022'): SaleToPOIRequest {
  const { MessageHeader } = requestOf(addressMessage('T1', { ip: '10.0.0.1', port: 1 }));
  const Message = Buffer.from(text).toString('base64');
  return { MessageHeader, TransmitRequest: { DestinationAddress, MaximumTransmitTime: 30, Message } };
}

const endPoint = (ipV4Address: unknown, ipPort: unknown) =>
  JSON.stringify({ saleTerminalconfiguration: { ipEndPoint: { ipV4Address, ipPort } } });

/** What a login gets that succeeds, or, with a condition, fails. */
function welcome(serial?: string, ErrorCondition?: string): Omit<SaleToPOIResponse, 'MessageHeader'> {
  const POITerminalData: Nexo<'POITerminalData'> = {
    TerminalEnvironment: 'Attended',
    POISerialNumber: serial ?? '',
    POICapabilities: [],
  };
  const POISoftware = { ProviderIdentification: 'x', ApplicationName: 'x', SoftwareVersion: '1' };
  return {
    LoginResponse: {
      Response: ErrorCondition === undefined ? { Result: 'Success' } : { Result: 'Failure', ErrorCondition },
      POISystemData: {
        DateTime: '2026-01-01T00:00:00Z',
        POISoftware,
        ...(serial !== undefined && { POITerminalData }),
      },
    },
  };
}

/** A session that has logged in at HOME, and knows the serial number there. */
function known(place: TerminalLocation = { serial: SERIAL }): Driver {
  return new Driver({ loggedIn: true, config: { address: HOME }, restored: { place } });
}

const propose = (driver: Driver, address = NEW) => driver.event({ type: 'proposeAddress', address });
const moves = (driver: Driver) => driver.moves.flatMap((move) => (move.type === 'move' ? move.address : []));
const reports = (driver: Driver) =>
  driver.moves.flatMap((move) => (move.type === 'address' ? `${move.followed} ${move.message}` : []));
const tried = (driver: Driver) => driver.sent.flatMap(({ at }) => at ?? []);

describe('the address in a Transmit', () => {
  it('is that of the published message', () => {
    const { message } = decode(sample('transmit-request-terminal-address'));
    assert.equal(announcedAddress(requestOf(message)), '192.168.78.15:11000');
    assert.equal(announcedAddress(requestOf(redact(message))), 'unreadable', 'a redacted message has none');
    assert.equal(announcedAddress(requestOf(addressMessage('T1', { ip: '10.1.2.3', port: 65535 }))), '10.1.2.3:65535');
    assert.equal(announcedAddress(configured(endPoint('10.1.2.3', 80))), '10.1.2.3:80');
  });

  it('is looked for in configuration messages alone', () => {
    assert.equal(announcedAddress(configured(endPoint('10.1.2.3', '80'), '10.0.0.1:15022')), undefined);
    assert.equal(announcedAddress({ MessageHeader: configured('').MessageHeader }), undefined);
  });

  it('is refused where it is none', () => {
    const texts = ['', '{', 'null', '[]', '{"saleTerminalconfiguration":null}', 'x'.repeat(5000)];
    const hosts = [
      7,
      null,
      'till.local',
      '::1',
      '10.0.0',
      '10.0.0.256',
      '010.0.0.1',
      '10.0.0.1/x',
      '10.0.0.1 ',
      '10.0.0.1.1',
    ];
    const ports = [undefined, '', 0, '0', -1, 65_536, '1e3', '11000x', 80.5, ' 80', {}];
    const wrong = [
      ...texts,
      ...hosts.map((host) => endPoint(host, '11000')),
      ...ports.map((port) => endPoint('10.0.0.1', port)),
    ];
    for (const text of wrong) assert.equal(announcedAddress(configured(text)), 'unreadable', text.slice(0, 100));
  });

  it('counts for as long as the settings stay as they were', () => {
    assert.equal(addressOf(HOME, { address: NEW, insteadOf: HOME }), NEW);
    assert.equal(addressOf('10.0.0.1:1', { address: NEW, insteadOf: HOME }), '10.0.0.1:1');
    assert.equal(addressOf(HOME, { serial: '1' }), HOME);
    assert.equal(addressOf(undefined, { address: NEW, insteadOf: HOME }), undefined);
  });
});

describe('a terminal that moves', () => {
  it('is followed once a login there gave its serial number, and that is on disk', () => {
    const driver = known();
    propose(driver);
    const probe = driver.open('Login');
    assert.equal(probe.at, NEW);
    assert.deepEqual(driver.states.at(-1), 'loggingIn');
    assert.deepEqual(moves(driver), []);
    driver.answer('Login', welcome(SERIAL));
    assert.deepEqual(driver.place, { serial: SERIAL, address: NEW, insteadOf: HOME });
    assert.deepEqual(moves(driver), [NEW]);
    assert.match(reports(driver)[0] ?? '', /^true .*192\.168\.1\.77:11000 now/);
    assert.equal(driver.session.context.state, 'ready');
    // That login opened the session: the next payment needs none.
    driver.pay('A');
    assert.equal(driver.open('Payment').at, undefined);
    assert.deepEqual(driver.categories(), ['Login', 'Payment']);
  });

  it('learns the serial number where it logs in, and keeps it', () => {
    const driver = new Driver({ config: { address: HOME } });
    driver.event({ type: 'login', ref: 'l' });
    driver.answer('Login', welcome(SERIAL));
    assert.deepEqual(driver.place, { serial: SERIAL });
    driver.statusFailure('NotFound');
    propose(driver);
    driver.answer('Login', welcome('171'));
    assert.deepEqual(moves(driver), []);
  });

  it('writes the serial number again where the disk did not take it', () => {
    const driver = new Driver({ loggedIn: true, config: { address: HOME } });
    const login = () => {
      driver.event({ type: 'login', ref: 'l' });
      driver.answer('Login', welcome(SERIAL));
    };
    driver.failWrites = 'full';
    login();
    driver.failWrites = undefined;
    assert.equal(driver.place, undefined);
    login();
    assert.deepEqual(driver.place, { serial: SERIAL });
  });

  it('that was never logged in to is known by its POIID alone, and its serial number from then on', () => {
    const driver = new Driver({ config: { address: HOME } });
    propose(driver);
    driver.answer('Login', welcome(SERIAL), { POIID: 'T2' });
    assert.deepEqual(moves(driver), []);
    driver.advance(1000);
    driver.answer('Login', welcome(SERIAL));
    assert.deepEqual(moves(driver), [NEW]);
    assert.equal(driver.place?.serial, SERIAL);
    // What a first login has to learn of the terminal's last transaction is still learnt.
    driver.pay('A');
    driver.answer('Login', welcome(SERIAL));
    driver.statusFailure('NotFound');
    assert.ok(driver.open('Payment'));
  });

  it('back to where the settings say leaves nothing to remember but the serial number', () => {
    const driver = known({ serial: SERIAL, address: NEW, insteadOf: HOME });
    assert.deepEqual(moves(driver), [NEW], 'it starts where it was');
    propose(driver, HOME);
    driver.answer('Login', welcome(SERIAL));
    assert.deepEqual(moves(driver), [NEW, HOME]);
    assert.deepEqual(driver.place, { serial: SERIAL });
  });

  it('is where it is: nothing is tried', () => {
    const driver = known();
    propose(driver, HOME);
    assert.deepEqual(driver.sent, []);
    assert.deepEqual(reports(driver), []);
  });
});

describe('an address that is not the terminal’s', () => {
  const refusals: [string, Omit<SaleToPOIResponse, 'MessageHeader'>, RegExp][] = [
    ['another serial number', welcome('9999'), /another serial number/],
    ['no serial number', welcome(), /no serial number/],
    ['a login that is refused', welcome(SERIAL, 'Refusal'), /Refusal/],
  ];
  for (const [what, answer, message] of refusals) {
    it(`${what}: the old one stays, and nothing more goes there`, () => {
      const driver = known();
      const { place } = driver;
      propose(driver);
      driver.answer('Login', answer);
      driver.advance(600_000);
      assert.deepEqual([moves(driver), tried(driver)], [[], [NEW]]);
      assert.equal(driver.place, place);
      assert.match(reports(driver).join(), message);
      assert.equal(driver.session.context.state, 'ready');
      driver.pay('A');
      assert.ok(driver.open('Payment'), 'the session that was open goes on');
    });
  }

  it('is tried a few times where nobody answers, or it is busy; payments come in between', () => {
    const driver = known();
    propose(driver);
    driver.reply(driver.open('Login'), { type: 'unreachable', reason: 'no route' });
    driver.pay('A');
    driver.advance(1000);
    assert.deepEqual(tried(driver), [NEW], 'not while the payment is open');
    driver.payment();
    driver.answer('Login', welcome(SERIAL, 'Busy'));
    for (const seconds of [2, 4, 8, 15]) {
      driver.advance(seconds * 1000);
      driver.reply(driver.open('Login'), { type: 'lost', reason: 'reset' });
    }
    driver.advance(600_000);
    assert.equal(tried(driver).length, 6);
    assert.equal(reports(driver).at(-1)?.includes('reset'), true);
    assert.deepEqual(moves(driver), []);
  });

  it('gives way to a newer one', () => {
    const driver = known();
    propose(driver);
    propose(driver, '192.168.1.78:11000');
    driver.reply(driver.open('Login'), { type: 'unreachable', reason: 'no route' });
    assert.equal(driver.open('Login').at, '192.168.1.78:11000');
    driver.answer('Login', welcome(SERIAL));
    driver.advance(600_000);
    assert.deepEqual(moves(driver), ['192.168.1.78:11000']);
    assert.equal(tried(driver).length, 2);
  });

  it('is forgotten when the terminal says that it is where it was', () => {
    const driver = known();
    driver.pay('A');
    propose(driver);
    propose(driver, HOME);
    driver.payment();
    assert.deepEqual(tried(driver), []);
    assert.equal(driver.session.context.state, 'ready');
  });
});

describe('a login resets the terminal: a new address', () => {
  it('waits for a payment to end, and goes before what came later', () => {
    const driver = known();
    driver.pay('A');
    propose(driver);
    driver.pay('B');
    assert.deepEqual(tried(driver), []);
    assert.match(reports(driver)[0] ?? '', /false .*followed when all that is going on has ended/);
    driver.payment();
    driver.answer('Login', welcome(SERIAL));
    assert.deepEqual(moves(driver), [NEW]);
    assert.ok(driver.open('Payment'), 'the next payment goes to the new address');
  });

  it('waits for as long as an outcome is unknown, and for what is held', () => {
    const driver = known();
    driver.pay('A');
    driver.reply(driver.open('Payment'), { type: 'lost', reason: 'reset' });
    propose(driver);
    driver.advance(3_600_000);
    assert.equal(driver.session.context.state, 'unresolved');
    assert.deepEqual(tried(driver), []);
    const ruling = { transactionId: 'A', outcome: 'not_started', by: 'Ann' } as const;
    driver.event({ type: 'rule', ref: 'r', ...ruling });
    assert.deepEqual(tried(driver), [NEW]);

    const held = known();
    held.pay('B', '89.00', { awaitFulfilment: true });
    held.payment();
    propose(held);
    assert.deepEqual(tried(held), []);
    held.event({ type: 'fulfil', ref: 'f', transactionId: 'B', delivered: true, node: 'n' });
    assert.deepEqual(tried(held), [NEW]);
  });

  it('waits for a login that is on its way', () => {
    const driver = known();
    driver.event({ type: 'login', ref: 'l' });
    propose(driver);
    assert.deepEqual(tried(driver), []);
    driver.answer('Login', welcome(SERIAL));
    assert.deepEqual(tried(driver), [NEW]);
  });

  it('is tried again later where the disk does not take it: it does not count before', () => {
    const driver = known();
    propose(driver);
    driver.failWrites = 'full';
    driver.answer('Login', welcome(SERIAL));
    assert.deepEqual(moves(driver), []);
    driver.failWrites = undefined;
    driver.advance(1000);
    driver.answer('Login', welcome(SERIAL));
    assert.deepEqual(moves(driver), [NEW]);
  });
});

describe('after a restart', () => {
  const place = { serial: SERIAL, address: NEW, insteadOf: HOME };

  it('the terminal is where it was followed to, before anything is sent', () => {
    const record = (() => {
      const before = known();
      before.pay('A');
      return before.rows.get('A');
    })();
    assert.ok(record);
    const driver = new Driver({
      config: { address: HOME },
      restored: { place, unfinished: [structuredClone(record)] },
    });
    assert.deepEqual([moves(driver), driver.sent], [[NEW], []]);
    driver.advance(1000);
    assert.equal(driver.open('TransactionStatus').at, undefined);
  });

  it('settings that were changed win, also when they are changed back', () => {
    const driver = new Driver({ config: { address: '10.0.0.9:1' }, restored: { place } });
    assert.deepEqual(moves(driver), []);
    driver.event({ type: 'login', ref: 'l' });
    driver.answer('Login', welcome(SERIAL));
    assert.deepEqual(driver.place, { serial: SERIAL });
  });

  it('one that is not followed any more is where the settings say', () => {
    const driver = new Driver({ restored: { place } });
    driver.event({ type: 'login', ref: 'l' });
    driver.answer('Login', welcome('9999'));
    assert.deepEqual(moves(driver), []);
    assert.equal(driver.place, place);
  });
});
