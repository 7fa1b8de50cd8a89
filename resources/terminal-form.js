/** Properties, validators and dialog of `nexo-terminal`. Loaded by nodes/terminal.html, before its own script. */
globalThis.nexoTerminal ??= (() => {
  /** What some amounts do in the virtual terminal: the ones to try first. The help lists all of them. */
  const amounts = [
    ['89.00', 'scenario.approved'],
    ['89.01', 'scenario.declined'],
    ['89.04', 'scenario.cancelled'],
    ['89.05', 'scenario.signature'],
    ['89.06', 'scenario.slow'],
    ['89.07', 'scenario.partial'],
    ['89.12', 'scenario.busy'],
    ['89.21', 'scenario.lostResponse'],
  ];

  const connectionOf = (node) => nexoEditor.current(node, 'connection');
  const isLan = (node) => connectionOf(node) === 'lan';
  const isCloud = (node) => connectionOf(node) === 'cloud';

  /** A terminal that has an endpoint can announce its address itself. */
  function announces(node) {
    return (
      nexoEditor.isChosen(nexoEditor.current(node, 'endpoint')) && nexoEditor.current(node, 'followAddress') !== false
    );
  }

  function hostProblem(node, host) {
    if (!host) return announces(node) ? null : 'invalid.hostMissing';
    if (host.includes('://')) return 'invalid.hostScheme';
    if (host.includes('/')) return 'invalid.hostPath';
    if (/^\[[0-9a-f:.]+\]$/i.test(host)) return null;
    if (host.includes(':')) return 'invalid.hostPort';
    if (/^[\d.]+$/.test(host)) return nexoEditor.isIPv4(host) ? null : 'invalid.hostNumber';
    return nexoEditor.isHostName(host) ? null : 'invalid.hostName';
  }

  function poiIdProblem(node, id) {
    if (id.length > 32) return 'invalid.poiIdLong';
    if (id !== id.trim()) return 'invalid.poiIdBlanks';
    return id === '' && (isLan(node) || isCloud(node)) ? 'invalid.poiIdMissing' : null;
  }

  function isCurrency(code) {
    if (!/^[A-Z]{3}$/.test(code)) return false;
    return typeof Intl.supportedValuesOf !== 'function' || Intl.supportedValuesOf('currency').includes(code);
  }

  /** A validator: `problem` gets node and value, and gives the key of the reason, or null. */
  const without = (problem) =>
    function validate(value, _opt) {
      const key = problem(this, String(value ?? ''));
      return key === null || this._(key);
    };

  /** A validator that counts only on the local network. */
  const onLan = (accepts, reason) => without((node, value) => (!isLan(node) || accepts(node, value) ? null : reason));

  function connectionDefaults() {
    const { oneOf, isWhole, isUsable, isChosen, current } = nexoEditor;
    return {
      connection: { value: 'virtual', validate: oneOf(['virtual', 'lan', 'cloud', 'pool'], 'invalid.connection') },
      host: { value: '', validate: without((node, host) => (isLan(node) ? hostProblem(node, host) : null)) },
      port: { value: 11000, validate: onLan((_, port) => isWhole(port, 1, 65535), 'invalid.port') },
      path: { value: '/EPASSaleToPOI/3.1', validate: onLan((_, path) => /^\/[^\s?#]*$/.test(path), 'invalid.path') },
      secure: { value: false },
      tls: {
        value: '',
        type: 'tls-config',
        required: false,
        validate: onLan((node, id) => !current(node, 'secure') || !isChosen(id) || isUsable(id), 'invalid.tls'),
      },
    };
  }

  function isAmount(value, _opt) {
    return (/^\d+(\.\d+)?$/.test(value) && Number(value) > 0) || this._('invalid.maxAmount');
  }

  function identityDefaults() {
    const { optional, ifSaved } = nexoEditor;
    return {
      poiId: { value: '', validate: without(poiIdProblem) },
      saleId: {
        value: '1',
        validate: without((_, id) => (id !== '' && id === id.trim() ? null : 'invalid.saleId')),
      },
      currency: { value: 'SEK', validate: without((_, code) => (isCurrency(code) ? null : 'invalid.currency')) },
      maxAmount: { value: '', validate: optional(ifSaved(isAmount)) },
      language: { value: 'sv', validate: nexoEditor.oneOf(['sv', 'no', 'fi', 'da', 'en'], 'invalid.language') },
    };
  }

  function behaviourDefaults() {
    const { oneOf, whole, optional, ifSaved, isChosen, isUsable } = nexoEditor;
    const timeout = whole(1, 86400, 'invalid.timeout');
    return {
      endpoint: {
        value: '',
        type: 'nexo-endpoint',
        required: false,
        validate: onLan((_, id) => !isChosen(id) || isUsable(id), 'invalid.endpoint'),
      },
      followAddress: { value: true },
      trace: { value: false },
      journal: {
        value: '',
        type: 'nexo-journal',
        required: false,
        validate: without((_, id) => (!isChosen(id) || isUsable(id) ? null : 'invalid.journal')),
      },
      autoLogin: { value: true },
      responseTimeout: { value: 300, validate: timeout },
      recoveryTimeout: { value: 120, validate: timeout },
      probeAfter: { value: 120, validate: ifSaved(timeout) },
      cardTimeout: { value: 600, validate: ifSaved(timeout) },
      maintenanceHour: { value: '', validate: optional(whole(0, 23, 'invalid.maintenanceHour')) },
      whenBusy: { value: 'wait', validate: oneOf(['wait', 'refuse'], 'invalid.whenBusy') },
      approvedAfterAbort: {
        value: 'keep',
        validate: ifSaved(oneOf(['keep', 'reverse'], 'invalid.approvedAfterAbort')),
      },
    };
  }

  function defaults() {
    return nexoTerminalPool.exempt({
      name: { value: '' },
      ...connectionDefaults(),
      ...identityDefaults(),
      ...behaviourDefaults(),
      ...nexoTerminalCloud.defaults(isCloud),
      ...nexoTerminalPool.defaults(),
      version: { value: 1 },
    });
  }

  function label() {
    if (this.name) return this.name;
    if (this.connection === 'pool') return this._('label.anyOf');
    if (this.connection === 'cloud') return [this._('label.cloud'), this.poiId].filter(Boolean).join(' ');
    if (this.connection !== 'lan') return [this._('label.virtual'), this.poiId].filter(Boolean).join(' ');
    return this.host ? `${this.host}:${this.port}` : this._('label.noAddress');
  }

  function prepare(node, field) {
    const form = $('.nexo-terminal-form');
    nexoTerminalCloud.prepare(node, field);
    nexoTerminalPool.prepare(node, field, form);
    nexoTerminalLeftOpen.prepare(node);

    const [connection, secure, endpoint] = ['connection', 'secure', 'endpoint'].map(field);
    nexoEditor.whenChanged([connection, secure, endpoint], () => {
      const lan = connection.val() === 'lan';
      const virtual = connection.val() === 'virtual';
      form.find('.nexo-virtual').toggle(virtual);
      form.find('.nexo-cloud').toggle(connection.val() === 'cloud');
      form.find('.nexo-lan').toggle(lan);
      form.find('.nexo-secure').toggle(lan && secure.prop('checked'));
      form.find('.nexo-follow').toggle(lan && nexoEditor.isChosen(endpoint.val()));
      field('poiId').attr('placeholder', node._(virtual ? 'placeholder.poiIdVirtual' : 'placeholder.poiId'));
    });

    showAmounts(node);
    fillInNewProperties(node, field);
    // Folded, unless it holds a value that was changed.
    form.find('.nexo-advanced').prop('open', String(field('probeAfter').val()) !== '120');
    field('currency').on('change', ({ target }) => {
      if (/^[a-z]{3}$/i.test(target.value)) $(target).val(target.value.toUpperCase()).trigger('keyup');
    });
    nexoEditor.whenChanged([field('currency')], () => {
      const limits = RED.settings.nexoTerminalMaxAmounts ?? {};
      field('maxAmount').attr('placeholder', limits[field('currency').val()] ?? limits[''] ?? '');
    });
    nexoEditor.labelNone(field('journal'), node._('option.builtInJournal'));
    nexoEditor.labelNone(endpoint, node._('option.noEndpoint'));
    nexoEditor.labelNone(field('tls'), node._('option.systemCertificates'));
  }

  function showAmounts(node) {
    for (const [amount, key] of amounts) {
      $('#nexo-terminal-amounts').append($('<dt>').text(amount), $('<dd>').text(node._(key)));
    }
    $('#nexo-terminal-more').on('click', (event) => {
      event.preventDefault();
      RED.sidebar.help.show('nexo-terminal');
    });
  }

  /** A terminal saved by an earlier release does not have these: its form shows their defaults. */
  function fillInNewProperties(node, field) {
    if (node.probeAfter === undefined) field('probeAfter').val(120);
    if (node.cardTimeout === undefined) field('cardTimeout').val(600);
    if (node.followAddress === undefined) field('followAddress').prop('checked', true);
    if (node.approvedAfterAbort === undefined) field('approvedAfterAbort').val('keep');
  }

  return { defaults, label, prepare };
})();
