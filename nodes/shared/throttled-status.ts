import type { Node, NodeStatus, NodeStatusFill } from 'node-red';

/** ms from one text to the next, so that many of them do not flood the editor. */
const PAUSE_MS = 300;
const MAX_LENGTH = 32;

interface StatusText {
  text: string;
  fill: NodeStatusFill;
}

/** A node's status that shows the terminal's display texts. The last text is always shown, those in between can be skipped. */
export class ThrottledStatus {
  readonly #node: Node;
  #pause: NodeJS.Timeout | undefined;
  #next: StatusText | undefined;

  constructor(node: Node) {
    this.#node = node;
  }

  /** Shows a text of the terminal, now or when the pause is over. */
  text(text: string, fill: NodeStatusFill = 'blue'): void {
    if (!/\S/.test(text)) return;
    this.#next = { text, fill };
    if (this.#pause === undefined) this.#show();
  }

  /** Shows a status of the node at once. A text that was not shown yet is out of date. */
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
    }, PAUSE_MS).unref();
  }
}

function statusOf({ text, fill }: StatusText): NodeStatus {
  const line = text.replace(/\s+/g, ' ').trim();
  const short = [...line].length > MAX_LENGTH ? `${[...line].slice(0, MAX_LENGTH - 1).join('')}…` : line;
  // In quotation marks: the editor looks up a text that begins with a letter in the node's catalogue.
  return { fill, shape: 'dot', text: `“${short}”` };
}
