/**
 * Warns, before a deploy, of what an edit of `nexo-terminal` would leave open: other identifiers, another journal, or no
 * terminal. Loaded by nodes/terminal.html, before its own script.
 */
globalThis.nexoTerminalLeftOpen ??= (() => {
  const DURATION = 20_000;

  /** What is open at the terminal as it is deployed, and the settings that it is found by. Nothing without permission. */
  function ask(node, then) {
    $.getJSON(`nexo-terminal/${encodeURIComponent(node.id)}/open`).done((answer) => {
      if (answer.open.length > 0) then(answer);
    });
  }

  const listOf = ({ open }) =>
    open.map(({ transactionId, amount, currency }) => `${transactionId} (${amount} ${currency})`).join(', ');

  /** Shows in the dialog what is open. */
  function prepare(node) {
    const hint = $('#nexo-terminal-left-open').hide();
    ask(node, (answer) => hint.text(node._('tip.open', { list: listOf(answer) })).show());
  }

  /** Whether the node, as it is edited, no longer finds what was begun with these settings. */
  function leaves(node, { settings }) {
    if (node.d) return true;
    const isVariable = (value) => /^\$\{[^}]+\}$/.test(value);
    return Object.entries(settings).some(([name, value]) => !isVariable(node[name]) && (node[name] || '') !== value);
  }

  function warn(node, removed) {
    if (node.type !== 'nexo-terminal') return;
    ask(node, (answer) => {
      if (!removed && !leaves(node, answer)) return;
      const text = node._('tip.leftOpen', { name: answer.name, list: listOf(answer) });
      RED.notify($('<span>').text(text).html(), { type: 'warning', timeout: DURATION });
    });
  }

  // The parity tests load this without an editor.
  RED.events?.on('nodes:change', (node) => warn(node, false));
  RED.events?.on('nodes:remove', (node) => warn(node, true));

  return { prepare };
})();
