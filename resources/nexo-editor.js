/**
 * What the editor halves of all nodes share: rows of their forms, validators, labels, and the state of open dialogs.
 *
 * The HTML of each node loads this file before its own script, because Node-RED may read any of them first, and users can
 * disable any of the others. Only the first load has an effect.
 */
globalThis.nexoEditor ??= (() => {
  const PACKAGE = '@nexoflows/node-red-nexo-retailer';

  /** The key of a text that several nodes use: it stands once, in the terminal's catalogue. */
  const common = (key) => `${PACKAGE}/terminal:common.${key}`;

  /** Rows that stand in several forms, by the name in `<nexo-row name="…">`. */
  const rows = {
    name: ({ prefix, placeholder }) => `
      <div class="form-row">
        <label for="${prefix}name"><i class="fa fa-tag"></i> <span data-i18n="${common('label.name')}"></span></label>
        <input type="text" id="${prefix}name" data-i18n="[placeholder]${placeholder}">
      </div>`,
    terminal: ({ prefix }) => `
      <div class="form-row">
        <label for="${prefix}terminal"><i class="fa fa-credit-card"></i> <span data-i18n="${common('label.terminal')}"></span></label>
        <input type="text" id="${prefix}terminal">
      </div>`,
    which: ({ prefix }) => `
      <div class="form-row">
        <label for="${prefix}which"><i class="fa fa-search"></i> <span data-i18n="${common('label.which')}"></span></label>
        <select id="${prefix}which" style="width: 70%">
          <option value="message" data-i18n="${common('option.whichMessage')}"></option>
          <option value="last" data-i18n="${common('option.whichLast')}"></option>
        </select>
      </div>`,
  };

  const PALETTE = { prefix: 'node-input-', form: '#dialog-form', placeholder: 'paletteLabel' };
  const CONFIG = {
    prefix: 'node-config-input-',
    form: '#node-config-dialog-edit-form',
    placeholder: 'placeholder.name',
  };

  /** Puts the shared rows into the form of a node type. Call it before the type is registered. */
  function fillForm(type, kind = PALETTE) {
    for (const template of document.querySelectorAll(`script[data-template-name="${type}"]`)) {
      template.textContent = template.textContent.replace(/<nexo-row name="(\w+)"><\/nexo-row>/g, (_, name) =>
        rows[name](kind).trim(),
      );
    }
  }

  const fillConfigForm = (type) => fillForm(type, CONFIG);

  /** Finds the input of a property in each open form, by the id of the node that the form edits. */
  const openForms = new Map();

  /**
   * `oneditprepare` of a node. The form is kept, as Node-RED takes it out of the page while another one is on top.
   * @param show sets the form up: it gets the node, and a function that finds the input of a property
   */
  function prepare(show, kind = PALETTE) {
    return function oneditprepare() {
      const form = $(kind.form);
      const field = (property) => form.find(`#${kind.prefix}${property}`);
      openForms.set(this.id, field);
      if (this._def.defaults.terminal?.type === 'nexo-terminal') chooseOnlyTerminal(this, field('terminal'));
      show?.(this, field);
    };
  }

  const prepareConfig = (show) => prepare(show, CONFIG);

  /** `oneditsave`, `oneditcancel` and `oneditdelete` of a node. */
  function close() {
    openForms.delete(this.id);
  }

  /** The value of a property: of a node whose dialog is open, what its form shows. */
  function current(node, property) {
    const input = openForms.get(node.id)?.(property);
    if (input === undefined) return node[property];
    return input.attr('type') === 'checkbox' ? input.prop('checked') : input.val();
  }

  /** Where a terminal is required and there is one only, a new node uses that one. */
  function chooseOnlyTerminal(node, select) {
    if (node._def.defaults.terminal.required === false) return;
    const terminals = select.children('option').not('[value="_ADD_"]');
    if (!node.terminal && terminals.length === 1) select.val(terminals.val());
  }

  /** Says what it means to choose no configuration node. Node-RED refills the list after each edit, then triggers a change. */
  function labelNone(select, text) {
    select.on('change', () => select.children('option[value="_ADD_"]').text(text));
  }

  /** Calls `show` now, and whenever one of the inputs changes. */
  function whenChanged(inputs, show) {
    for (const input of inputs) input.on('change', show);
    show();
  }

  const isChosen = (id) => Boolean(id) && id !== '_ADD_';

  /** Whether a configuration node is there and complete. */
  const isUsable = (id) => Boolean(RED.nodes.node(id)) && RED.nodes.node(id).valid !== false;

  const isWhole = (value, least, most) => /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most;

  const isEmpty = (value) => value === '' || value === undefined;

  function isIPv4(address) {
    const parts = address.split('.');
    return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  }

  const isHostName = (name) => /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i.test(name) && !name.includes('..');

  /** A validator: one of the values, whether a form or a flow file holds it as a text or as a number. */
  function oneOf(allowed, reason) {
    const texts = allowed.map(String);
    return function validate(value, _opt) {
      return texts.includes(String(value)) || this._(reason);
    };
  }

  /** A validator: a whole number. */
  function whole(least, most, reason) {
    return function validate(value, _opt) {
      return isWhole(value, least, most) || this._(reason);
    };
  }

  /** A validator for a property that may be empty. */
  function optional(validate) {
    return function validateOptional(value, opt) {
      return isEmpty(value) || validate.call(this, value, opt);
    };
  }

  /** A validator for a property that nodes saved by an earlier release do not have. */
  function ifSaved(validate) {
    return function validateIfSaved(value, opt) {
      return value === undefined || validate.call(this, value, opt);
    };
  }

  /** The property `terminal` of a palette node. */
  function terminal({ required = true } = {}) {
    return {
      value: '',
      type: 'nexo-terminal',
      // Node-RED judges an empty value before the validator does where this is true: without a reason.
      ...(!required && { required }),
      validate(value, _opt) {
        if (!isChosen(value)) return !required || this._(common('invalid.terminalMissing'));
        const node = RED.nodes.node(value);
        if (!node) return this._(common('invalid.terminalUnknown'));
        if (node.d) return this._(common('invalid.terminalDisabled'));
        return node.valid !== false || this._(common('invalid.terminalInvalid'));
      },
    };
  }

  /** The property `which` of a node that is about one transaction. */
  function which() {
    return { value: 'message', validate: ifSaved(oneOf(['message', 'last'], common('invalid.which'))) };
  }

  /** A node saved by an earlier release does not have some properties: its form shows their defaults. */
  function showDefaults(...properties) {
    return (node, field) => {
      for (const property of properties) {
        if (node[property] === undefined) field(property).val(node._def.defaults[property].value);
      }
    };
  }

  function paletteLabel() {
    return this._('paletteLabel');
  }

  /** `label` of a palette node: its name, otherwise the text that `describe` gives for it. */
  function label(describe = (node) => node._('paletteLabel')) {
    return function labelOf() {
      return this.name || describe(this);
    };
  }

  function labelStyle() {
    return this.name ? 'node_label_italic' : '';
  }

  /** `inputLabels` or `outputLabels`: the keys of their texts, in the order of the ports. */
  function portLabels(...keys) {
    return function labelOf(index) {
      return this._(keys[index]);
    };
  }

  const styles = document.createElement('link');
  styles.rel = 'stylesheet';
  styles.href = `${RED.settings.apiRootUrl ?? ''}resources/${PACKAGE}/nexo-editor.css`;
  document.head.append(styles);

  return {
    ...{ fillForm, fillConfigForm, prepare, prepareConfig, close, current, labelNone, whenChanged },
    ...{ isChosen, isUsable, isWhole, isEmpty, isIPv4, isHostName },
    ...{ oneOf, whole, optional, ifSaved, terminal, which, showDefaults },
    ...{ paletteLabel, label, labelStyle, portLabels },
  };
})();
