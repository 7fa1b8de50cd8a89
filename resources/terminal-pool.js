/** The pool of terminals in the dialog of `nexo-terminal`. Loaded by nodes/terminal.html, before its own script. */
globalThis.nexoTerminalPool ??= (() => {
  const isPool = (node) => node.connection === 'pool';
  const showsPool = (node) => nexoEditor.current(node, 'connection') === 'pool';

  /** What a pool can hold: terminals that are not pools themselves. */
  function candidates() {
    const found = [];
    RED.nodes.eachConfig((node) => {
      if (node.type === 'nexo-terminal' && !isPool(node)) found.push(node);
    });
    return found;
  }

  /** Properties of the node. */
  function defaults() {
    return {
      pool: {
        value: [],
        type: 'nexo-terminal[]',
        required: false,
        validate(value, _opt) {
          if (!showsPool(this)) return true;
          const ids = [value ?? []].flat();
          if (ids.length === 0) return this._('invalid.poolEmpty');
          const usable = (node) => node && !isPool(node) && !node.d && node.valid !== false;
          return ids.every((id) => usable(RED.nodes.node(id))) || this._('invalid.poolMember');
        },
      },
    };
  }

  /** A pool has only its terminals: the properties that its dialog hides count as valid. */
  function exempt(properties) {
    for (const [name, property] of Object.entries(properties)) {
      const { validate } = property;
      if (!validate || name === 'connection' || name === 'pool') continue;
      const validateUnlessPool = function (value, opt) {
        return showsPool(this) || validate.call(this, value, opt);
      };
      properties[name] = { ...property, validate: validateUnlessPool };
    }
    return properties;
  }

  function prepare(node, field, form) {
    const connection = field('connection');
    const store = prepareList(node, field);
    // All other settings are those of its terminals.
    const others = form.children('fieldset:not(:first), details');
    nexoEditor.whenChanged([connection], () => {
      const pool = connection.val() === 'pool';
      $('.nexo-pool').toggle(pool);
      store();
      others.toggle(!pool);
    });
  }

  /** @returns what stores the list in the property, and shows what is wrong with it */
  function prepareList(node, field) {
    const list = $('#nexo-terminal-pool');
    const selected = field('pool');
    const problem = $('#nexo-terminal-pool-problem');

    // The property is what this hidden field has selected, in the order of the list.
    const store = () => {
      const rows = list.editableList('items').map((_, row) => row.find('select').val());
      const ids = [...new Set(rows.get())].filter(Boolean);
      selected.empty().append(ids.map((id) => $('<option>').val(id).prop('selected', true)));
      selected.trigger('change');
      // A list has no place for the mark and the tooltip that Node-RED gives to other fields.
      const valid = node._def.defaults.pool.validate.call(node, ids, {});
      problem.text(valid === true ? '' : valid).toggle(valid !== true);
    };
    list.editableList({
      addButton: node._('label.addTerminal'),
      removable: true,
      sortable: true,
      height: 'auto',
      addItem(row, _index, { id = '' }) {
        terminalSelect(id).on('change', store).appendTo(row);
        store();
      },
      removeItem: store,
      sortItems: store,
    });
    for (const id of [node.pool ?? []].flat()) list.editableList('addItem', { id });
    return store;
  }

  function terminalSelect(id) {
    const select = $('<select style="width: 100%; margin: 0">');
    for (const terminal of candidates()) {
      select.append($('<option>').val(terminal.id).text(RED.utils.getNodeLabel(terminal, terminal.id)));
    }
    return id ? select.val(id) : select;
  }

  /** Registers a pool as a user of its terminals. The editor counts single references only, and would call them unused. */
  function registerUsers({ type }) {
    if (type !== 'nexo-terminal') return;
    const pools = [];
    RED.nodes.eachConfig((node) => {
      if (node.type === 'nexo-terminal' && isPool(node)) pools.push(node);
    });
    for (const member of candidates()) {
      const uses = (pool) => [pool.pool ?? []].flat().includes(member.id);
      member.users = [...member.users.filter((user) => !isPool(user)), ...pools.filter(uses)];
    }
  }
  for (const event of ['nodes:add', 'nodes:change', 'nodes:remove']) RED.events?.on(event, registerUsers);

  return { defaults, exempt, prepare };
})();
