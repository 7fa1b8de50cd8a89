/** What the Node-RED editor asks of its server, for checks against a Node-RED in another process. */

export interface NodeSet {
  module: string;
  name: string;
  types: string[];
  enabled: boolean;
  err?: unknown;
}

interface DebugMessage {
  topic: string;
  data: { id: string; msg: string };
}

export class Editor {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Resolves once the server answers and its flows run. */
  async ready(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const up = await fetch(`${this.url}/flows`, { signal }).then(
        (answer) => answer.ok,
        () => false,
      );
      if (up) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  nodeSets(): Promise<NodeSet[]> {
    return this.get('/nodes') as Promise<NodeSet[]>;
  }

  /** Label catalogues, by `<module>/<set>`. */
  catalogues(language: string): Promise<Record<string, object>> {
    return this.get(`/nodes/messages?lng=${language}`) as Promise<Record<string, object>>;
  }

  /** Icon files, by module. */
  icons(): Promise<Record<string, string[]>> {
    return this.get('/icons') as Promise<Record<string, string[]>>;
  }

  /** Names of a module's examples at the top of its import menu. */
  async examples(module: string): Promise<string[]> {
    const entries = (await this.get(`/library/examples/flows/${module}`)) as (string | { fn: string })[];
    return entries.flatMap((entry) => (typeof entry === 'string' ? [] : [entry.fn]));
  }

  /** Presses an inject node's button, and waits for what the debug node `output` shows of it. */
  async press(button: string, output: string): Promise<unknown> {
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/comms`);
    try {
      const shown = this.debugMessage(socket, output);
      await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
      socket.send(JSON.stringify({ subscribe: 'debug' }));
      await this.pressOnceStarted(button);
      return JSON.parse(await shown);
    } finally {
      socket.close();
    }
  }

  /** The admin API answers a little before the flows run: then there is no such button yet. */
  private async pressOnceStarted(button: string): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const { status } = await fetch(`${this.url}/inject/${button}`, { method: 'POST' });
      if (status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`The flow has no button ${button}`);
  }

  private debugMessage(socket: WebSocket, output: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Nothing arrived at the debug node ${output}`)), 30_000);
      socket.addEventListener('error', () => reject(new Error('The editor connection failed')), { once: true });
      socket.addEventListener('message', ({ data }) => {
        const messages = [JSON.parse(String(data))].flat() as DebugMessage[];
        const shown = messages.find(({ topic, data }) => topic === 'debug' && data.id === output);
        if (!shown) return;
        clearTimeout(timer);
        resolve(shown.data.msg);
      });
    });
  }

  private async get(path: string): Promise<unknown> {
    const answer = await fetch(this.url + path, { headers: { accept: 'application/json' } });
    if (!answer.ok) throw new Error(`Node-RED answered ${answer.status} to ${path}`);
    return answer.json();
  }
}
