import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { config, Driver } from '../support/session-driver.ts';

const login = (driver: Driver) => driver.open('Login').request.LoginRequest;
const SUCCESS = { LoginResponse: { Response: { Result: 'Success' } } };

describe('a login', () => {
  it('says what software this is, what it can do, and no more than the pages show', () => {
    const driver = new Driver();
    driver.event({ type: 'login', ref: 'l' });
    assert.deepEqual(login(driver), {
      OperatorLanguage: 'sv',
      DateTime: '2026-01-01T01:00:00+01:00',
      SaleSoftware: config.software,
      SaleTerminalData: {
        TerminalEnvironment: 'Attended',
        SaleCapabilities: ['PrinterReceipt'],
        SaleProfile: { GenericProfile: 'Extended', ServiceProfiles: ['Loyalty', 'PIN', 'CardReader'] },
      },
    });
  });

  it('announces that it can be told, asked and printed for where the terminal has an endpoint', () => {
    const driver = new Driver({ config: { inbound: 'all' } });
    driver.event({ type: 'login', ref: 'l' });
    assert.deepEqual(login(driver)?.SaleTerminalData?.SaleCapabilities, [
      ...['CashierStatus', 'CashierError', 'CashierDisplay', 'POIReplication', 'CustomerAssistance'],
      ...['CashierInput', 'PrinterReceipt'],
    ]);
  });

  it('that is answered by something that is no terminal reaches none: a pool passes it over', () => {
    const driver = new Driver();
    driver.event({ type: 'login', ref: 'l' });
    driver.reply(driver.open('Login'), { type: 'unusable', reason: 'the terminal answered HTTP 404' });
    assert.equal(driver.session.context.state, 'unreachable');
  });

  it('names the operator and the shift, and so do those that follow by themselves', () => {
    const driver = new Driver();
    driver.event({ type: 'login', ref: 'l', operator: { id: '7', shift: 'B' } });
    assert.deepEqual([login(driver)?.OperatorID, login(driver)?.ShiftNumber], ['7', 'B']);
    driver.answer('Login', SUCCESS);
    driver.statusFailure('NotFound');
    driver.pay('A');
    driver.payment({ Result: 'Failure', ErrorCondition: 'NotAllowed' });
    driver.statusFailure('NotAllowed');
    assert.deepEqual([login(driver)?.OperatorID, login(driver)?.ShiftNumber], ['7', 'B']);
  });
});
