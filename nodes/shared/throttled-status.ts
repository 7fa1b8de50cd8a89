import type { Node, NodeStatus, NodeStatusFill } from 'node-red';

/** ms from one text to the next: a storm of them must not flood the editor. */
const PAUSE = 300;
const LONGEST = 32;

interface Shown {
  text: string;
  fill: NodeStatusFill;
}

/** A node's status where it shows what the terminal shows. The last text is always shown, those between may not be. */
export class ThrottledStatus {
  readonly #node: Node;
  #pause: NodeJS.Timeout | undefined;
  #next: Shown | undefined;

  constructor(node: Node) {
    this.#node = node;
  }

  /** Shows a text of the terminal's, now or when the pause is over. */
  text(text: string, fill: NodeStatusFill = 'blue'): void {
    if (!/\S/.test(text)) return;
    this.#next = { text, fill };
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
    this.#node.status(statusOf(this.#next));
    this.#next = undefined;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#show();
    }, PAUSE).unref();
  }
}

function statusOf({ text, fill }: Shown): NodeStatus {
  const line = text.replace(/\s+/g, ' ').trim();
  const short = [...line].length > LONGEST ? `${[...line].slice(0, LONGEST - 1).join('')}…` : line;
  // In quotation marks, for the editor would look up a text that begins with a letter in the node's catalogue.
  return { fill, shape: 'dot', text: `“${short}”` };
}
