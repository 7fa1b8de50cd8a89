/** The cloud connection in the dialog of `nexo-terminal`. Loaded by nodes/terminal.html, before its own script. */
globalThis.nexoTerminalCloud ??= (() => {
  /**
   * Addresses by environment. Those of production are not published: they come with the credentials. `own` starts with
   * those of the virtual cloud, `nexo-virtual-terminal --cloud 11090`.
   */
  const environments = {
    test: {
      baseUrl: 'https://cloudconnect.stage.swedbankpay.com',
      tokenUrl: 'https://swppciextdev.b2clogin.com/swppciextdev.onmicrosoft.com/B2C_1_terminal/oauth2/v2.0/token',
      scope: 'https://swppciextdev.onmicrosoft.com/terminal-api/.default',
    },
    production: { baseUrl: '', tokenUrl: '', scope: '' },
    own: { baseUrl: 'http://127.0.0.1:11090', tokenUrl: 'http://127.0.0.1:11090/oauth2/v2.0/token', scope: '' },
  };
  const addresses = ['baseUrl', 'tokenUrl', 'scope'];
  const isVariable = (value) => /^\$\{[^}]+\}$/.test(value);

  function urlProblem(value) {
    if (!value) return 'invalid.urlMissing';
    if (isVariable(value)) return null;
    const own = /^http:\/\/(localhost|\[::1\]|127\.\d+\.\d+\.\d+)([:/]|$)/.test(value);
    return /^https:\/\/[^\s/]+/.test(value) || own ? null : 'invalid.url';
  }

  /** A validator that counts only for a terminal in the cloud; an empty value is the preset. */
  const inCloud = (isCloud, accepts, reason) =>
    function validate(value, _opt) {
      return !isCloud(this) || !value || accepts(value) || isVariable(value) || this._(reason);
    };

  function url(isCloud, value) {
    return {
      value,
      validate(text, _opt) {
        const problem = isCloud(this) ? urlProblem(String(text || '').trim()) : null;
        return problem === null || this._(problem);
      },
    };
  }

  /** Properties of the node. */
  function defaults(isCloud) {
    const { oneOf, ifSaved } = nexoEditor;
    const { test } = environments;
    const path = { value: '', validate: inCloud(isCloud, (text) => /^\/[^\s#]*$/.test(text), 'invalid.cloudPath') };
    const statuses = (text) => /^[45]\d\d([\s,;]+[45]\d\d)*$/.test(text);
    return {
      environment: { value: 'test', validate: ifSaved(oneOf(Object.keys(environments), 'invalid.environment')) },
      baseUrl: url(isCloud, test.baseUrl),
      tokenUrl: url(isCloud, test.tokenUrl),
      scope: { value: test.scope },
      events: { value: 'off', validate: ifSaved(oneOf(['off', 'poll', 'sse'], 'invalid.events')) },
      nexoPath: { ...path },
      eventsPath: { ...path },
      pairingPath: { ...path },
      pairingBody: {
        value: '',
        validate: inCloud(isCloud, (text) => text.includes('{code}'), 'invalid.pairingBody'),
      },
      notRelayed: { value: '', validate: inCloud(isCloud, statuses, 'invalid.notRelayed') },
    };
  }

  function prepare(node, field) {
    const environment = field('environment');
    if (node.environment === undefined) {
      environment.val('test');
      field('events').val('off');
    }
    for (const name of addresses) {
      if (node[name] === undefined) field(name).val(environments.test[name]);
    }
    let before = environment.val();
    nexoEditor.whenChanged([environment], () => {
      const chosen = environment.val();
      if (chosen !== before) fillAddresses(field, before, chosen);
      before = chosen;
      for (const name of addresses) field(name).prop('readonly', chosen === 'test');
    });
    const start = (event) => {
      event.preventDefault();
      pair(node, field);
    };
    $('#nexo-terminal-pair').on('click', start);
    $('#nexo-terminal-code').on('keydown', (event) => {
      if (event.key === 'Enter') start(event);
    });
  }

  /** Keeps an address that was typed, unless the test environment is chosen: its addresses are fixed. */
  function fillAddresses(field, before, chosen) {
    for (const name of addresses) {
      const untouched = field(name).val() === environments[before][name];
      if (chosen === 'test' || untouched) field(name).val(environments[chosen][name]).trigger('change');
    }
  }

  function showResult(text, kind) {
    $('#nexo-terminal-pairing-result')
      .text(text)
      .attr('data-kind', kind)
      .toggle(text !== '');
  }

  /** Lets the server pair the terminal, because the client secret does not return to the browser. */
  function pair(node, field) {
    const button = $('#nexo-terminal-pair');
    const code = $('#nexo-terminal-code').val().trim();
    if (button.prop('disabled')) return;
    if (code === '') return showResult(node._('tip.codeMissing'), 'error');
    const names = [...addresses, 'clientId', 'clientSecret', 'pairingPath', 'pairingBody'];
    const fields = Object.fromEntries(names.map((name) => [name, field(name).val()]));
    button.prop('disabled', true);
    showResult(node._('tip.pairing'), 'busy');
    $.ajax({
      url: 'nexo-terminal/pair',
      type: 'POST',
      contentType: 'application/json',
      data: JSON.stringify({ ...fields, id: node.id, code }),
    })
      .done(({ channelId }) => {
        field('channelId').val(channelId).trigger('change');
        $('#nexo-terminal-code').val('');
        showResult(node._('tip.paired'), 'done');
      })
      .fail((response) => {
        const { message } = response.responseJSON || {};
        showResult(message || node._('tip.notPaired'), 'error');
      })
      .always(() => button.prop('disabled', false));
  }

  return { defaults, prepare };
})();
