import type { Node, NodeStatus, NodeStatusFill } from 'node-red';

/** ms from one text to the next: a storm of them must not flood the editor. */
const PAUSE = 300;
const LONGEST = 32;

/** A node's status where it shows what the terminal shows. The last text is always shown, those between may not be. */
export class Screen {
  readonly #node: Node;
  #pause: NodeJS.Timeout | undefined;
  #next: NodeStatus | undefined;

  constructor(node: Node) {
    this.#node = node;
  }

  /** Shows a text of the terminal's, now or when the pause is over. */
  text(text: string, fill: NodeStatusFill = 'blue'): void {
    const line = text.replace(/\s+/g, ' ').trim();
    if (line === '') return;
    const short = [...line].length > LONGEST ? `${[...line].slice(0, LONGEST - 1).join('')}…` : line;
    // In quotation marks, for the editor would look up a text that begins with a letter in the node's catalogue.
    this.#next = { fill, shape: 'dot', text: `“${short}”` };
    if (this.#pause === undefined) this.#show();
  }

  /** Shows something of the node's own at once. A text that has not been shown by now is out of date. */
  status(status: NodeStatus): void {
    this.#next = undefined;
    this.#node.status(status);
  }

  stop(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#next = undefined;
  }

  #show(): void {
    if (this.#next === undefined) return;
    this.#node.status(this.#next);
    this.#next = undefined;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#show();
    }, PAUSE).unref();
  }
}
