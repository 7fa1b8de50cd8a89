/** The part of the terminal's dialog that is about a pool of terminals. Loaded by nodes/terminal.html, before its own script. */
globalThis.nexoTerminalPool = (() => {
  const isPool = (node) => node.connection === 'pool';

  /** What a pool may hold: terminals that are none themselves. */
  function candidates() {
    const found = [];
    RED.nodes.eachConfig((node) => {
      if (node.type === 'nexo-terminal' && !isPool(node)) found.push(node);
    });
    return found;
  }

  /** Properties of the node; `chosen` tells the connection, in the open dialog the one that is picked there. */
  function defaults({ chosen }) {
    return {
      pool: {
        value: [],
        type: 'nexo-terminal[]',
        required: false,
        validate(value, _opt) {
          if (chosen(this, 'connection') !== 'pool') return true;
          const ids = [value ?? []].flat();
          if (ids.length === 0) return this._('invalid.poolEmpty');
          const usable = (node) => node && !isPool(node) && !node.d && node.valid !== false;
          return ids.every((id) => usable(RED.nodes.node(id))) || this._('invalid.poolMember');
        },
      },
    };
  }

  /** A pool has nothing but its terminals: what its dialog hides is never wrong. */
  function exempt(chosen, properties) {
    for (const [name, property] of Object.entries(properties)) {
      const { validate } = property;
      if (!validate || name === 'connection' || name === 'pool') continue;
      const judge = function (value, opt) {
        return chosen(this, 'connection') === 'pool' || validate.call(this, value, opt);
      };
      properties[name] = { ...property, validate: judge };
    }
    return properties;
  }

  function prepare(node) {
    const connection = $('#node-config-input-connection');
    const list = $('#nexo-terminal-pool');
    const kept = $('#node-config-input-pool');
    const problem = $('#nexo-terminal-pool-problem');

    /** The property is what this hidden field has selected, in the order of the list. */
    const store = () => {
      const rows = list.editableList('items').map((_, row) => row.find('select').val());
      const ids = [...new Set(rows.get())].filter(Boolean);
      kept.empty().append(ids.map((id) => $('<option>').val(id).prop('selected', true)));
      kept.trigger('change');
      // A list has no place for the mark and the tooltip that other fields get.
      const judged = node._def.defaults.pool.validate.call(node, ids, {});
      problem.text(judged === true ? '' : judged).toggle(judged !== true);
    };
    list.editableList({
      addButton: node._('label.addTerminal'),
      removable: true,
      sortable: true,
      height: 'auto',
      addItem(row, _index, { id = '' }) {
        const select = $('<select style="width: 100%; margin: 0">').appendTo(row);
        for (const terminal of candidates()) {
          select.append($('<option>').val(terminal.id).text(RED.utils.getNodeLabel(terminal, terminal.id)));
        }
        if (id) select.val(id);
        select.on('change', store);
        store();
      },
      removeItem: store,
      sortItems: store,
    });
    for (const id of [node.pool ?? []].flat()) list.editableList('addItem', { id });
    store();

    // Everything else is up to its terminals.
    const others = $('.nexo-terminal-form').children('fieldset:not(:first), details');
    const showWhatApplies = () => {
      const pool = connection.val() === 'pool';
      $('.nexo-pool').toggle(pool);
      store();
      others.toggle(!pool);
    };
    connection.on('change', showWhatApplies);
    showWhatApplies();
  }

  /** Tells the editor that a pool uses its terminals, which it would call unused: it counts single references only. */
  function count({ type }) {
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
  for (const event of ['nodes:add', 'nodes:change', 'nodes:remove']) RED.events?.on(event, count);

  return { defaults, exempt, prepare };
})();
