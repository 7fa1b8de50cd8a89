/** The part of the terminal's dialog that is about the cloud. Loaded by nodes/terminal.html, before its own script. */
globalThis.nexoTerminalCloud = (() => {
  /**
   * Addresses by environment. Those of production are not published: they come with the credentials. `own` starts with
   * those of `npx nexo-virtual-terminal --cloud 11090`.
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

  /** Properties of the node; `tools` are what nodes/terminal.html judges its own with. */
  function defaults({ isCloud, choice, ifThere }) {
    const url = {
      value: '',
      validate(value, _opt) {
        const problem = isCloud(this) ? urlProblem(String(value || '').trim()) : null;
        return problem === null || this._(problem);
      },
    };
    const path = {
      value: '',
      validate(value, _opt) {
        return (
          !isCloud(this) || !value || /^\/[^\s#]*$/.test(value) || isVariable(value) || this._('invalid.cloudPath')
        );
      },
    };
    return {
      environment: { value: 'test', validate: ifThere(choice('invalid.environment', Object.keys(environments))) },
      baseUrl: { ...url, value: environments.test.baseUrl },
      tokenUrl: { ...url, value: environments.test.tokenUrl },
      scope: { value: environments.test.scope },
      events: { value: 'off', validate: ifThere(choice('invalid.events', ['off', 'poll', 'sse'])) },
      nexoPath: path,
      eventsPath: path,
      pairingPath: path,
      pairingBody: {
        value: '',
        validate(value, _opt) {
          return (
            !isCloud(this) || !value || value.includes('{code}') || isVariable(value) || this._('invalid.pairingBody')
          );
        },
      },
      notRelayed: {
        value: '',
        validate(value, _opt) {
          return !isCloud(this) || !value || /^[45]\d\d([\s,;]+[45]\d\d)*$/.test(value) || this._('invalid.notRelayed');
        },
      },
    };
  }

  const credentials = {
    clientId: { type: 'text' },
    clientSecret: { type: 'password' },
    channelId: { type: 'password' },
  };

  const field = (name) => $(`#node-config-input-${name}`);

  function prepare(node) {
    const environment = field('environment');
    if (node.environment === undefined) {
      environment.val('test');
      field('events').val('off');
    }
    for (const name of addresses) {
      if (node[name] === undefined) field(name).val(environments.test[name]);
    }
    const lock = () => {
      for (const name of addresses) field(name).prop('readonly', environment.val() === 'test');
    };
    lock();
    let before = environment.val();
    environment.on('change', () => {
      const chosen = environment.val();
      // What somebody typed stays, unless the test environment is asked for.
      for (const name of addresses) {
        const untouched = field(name).val() === environments[before][name];
        if (chosen === 'test' || untouched) field(name).val(environments[chosen][name]).trigger('change');
      }
      before = chosen;
      lock();
    });
    $('#nexo-terminal-pair').on('click', (event) => {
      event.preventDefault();
      pair(node);
    });
    $('#nexo-terminal-code').on('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      pair(node);
    });
  }

  function say(text, kind) {
    $('#nexo-terminal-paired')
      .text(text)
      .attr('data-kind', kind)
      .toggle(text !== '');
  }

  /** Has the server pair the terminal: only it may know the secret. */
  function pair(node) {
    const button = $('#nexo-terminal-pair');
    const code = $('#nexo-terminal-code').val().trim();
    if (button.prop('disabled')) return;
    if (code === '') return say(node._('tip.codeMissing'), 'error');
    const names = [...addresses, 'clientId', 'clientSecret', 'pairingPath', 'pairingBody'];
    const fields = Object.fromEntries(names.map((name) => [name, field(name).val()]));
    button.prop('disabled', true);
    say(node._('tip.pairing'), 'busy');
    $.ajax({
      url: 'nexo-terminal/pair',
      type: 'POST',
      contentType: 'application/json',
      data: JSON.stringify({ ...fields, id: node.id, code }),
    })
      .done(({ channelId }) => {
        field('channelId').val(channelId).trigger('change');
        $('#nexo-terminal-code').val('');
        say(node._('tip.paired'), 'done');
      })
      .fail((response) => {
        const { message } = response.responseJSON || {};
        say(message || node._('tip.notPaired'), 'error');
      })
      .always(() => button.prop('disabled', false));
  }

  return { defaults, credentials, prepare };
})();
