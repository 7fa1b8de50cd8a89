/** Flows for tests: fed over HTTP, and reporting everything their nodes do to a collector. */
import { paletteSets } from '../editor/sets.ts';

/** A node as flow files hold it. */
export interface FlowNode {
  id: string;
  type: string;
  [property: string]: unknown;
}

export interface LaneOptions {
  /** Settings of its own `nexo-terminal` that differ from `terminalNode`'s. */
  terminal?: Record<string, unknown>;
  /** The id of another lane's terminal, or '' for none; then it has none of its own. */
  uses?: string;
  /** Its palette nodes by name, with their settings. Default: a `payment`. A name's first word tells the type. */
  nodes?: Record<string, Record<string, unknown>>;
}

/** How many outputs each node type has. */
const OUTPUTS = new Map(paletteSets.map(({ name, definition }) => [name, definition.outputs ?? 0]));

/** A lane: one tab, one terminal, and the palette nodes of one test. */
export class Lane {
  readonly name: string;
  readonly #options: LaneOptions;

  constructor(name: string, options: LaneOptions = {}) {
    this.name = name;
    this.#options = options;
  }

  get terminalId(): string {
    return this.#options.uses ?? `${this.name}-terminal`;
  }

  /** The POIID of its own terminal, unless its settings name another. */
  get poiId(): string {
    return `POI-${this.name}`;
  }

  /** @param port where the stand-alone terminal listens; @param collector where to report to */
  flow(port: number, collector: string): FlowNode[] {
    const { name } = this;
    const { uses, terminal = {}, nodes = { payment: {} } } = this.#options;
    const palette = Object.keys(nodes);
    const ids = palette.map((node) => `${name}-${node}`);
    const watched = { scope: ids, uncaught: false };
    const at = (id: string, type: string, rest: object): FlowNode => ({ id: `${name}-${id}`, type, z: name, ...rest });
    return [
      { id: name, type: 'tab', label: name },
      ...(uses === undefined ? [{ ...terminalNode(this.terminalId, this.poiId, port), ...terminal }] : []),
      ...this.#feed(palette),
      ...palette.flatMap((node) => this.#paletteNode(node, nodes[node] ?? {})),
      ...(['catch', 'status', 'complete'] as const).flatMap((kind) => [
        at(`on-${kind}`, kind, { ...watched, wires: [[`${name}-report-${kind}`]] }),
        this.#reporter(kind, { kind }),
      ]),
      at('send', 'http request', { method: 'POST', url: collector, ret: 'txt', persist: false, wires: [[]] }),
    ];
  }

  #feed(palette: string[]): FlowNode[] {
    const { name } = this;
    const node = (id: string) => `${name}-${id}`;
    return [
      { id: node('in'), type: 'http in', z: name, url: `/feed/${name}`, method: 'post', wires: [[node('feed')]] },
      {
        id: node('feed'),
        type: 'function',
        z: name,
        outputs: palette.length + 1,
        func: FEED.replace('PALETTE', JSON.stringify(palette)),
        wires: [...palette.map((one) => [node(one)]), [node('fed')]],
      },
      { id: node('fed'), type: 'http response', z: name, statusCode: '200', wires: [] },
    ];
  }

  #paletteNode(node: string, settings: Record<string, unknown>): FlowNode[] {
    const { name } = this;
    const type = node.split('-')[0] ?? node;
    const ports = Array.from({ length: OUTPUTS.get(type) ?? 0 }, (_, index) => index + 1);
    return [
      {
        id: `${name}-${node}`,
        type: `nexo-${type}`,
        z: name,
        terminal: this.terminalId,
        wires: ports.map((port) => [`${name}-report-${node}-${port}`]),
        ...settings,
      },
      ...ports.map((port) => this.#reporter(`${node}-${port}`, { kind: 'output', node, port })),
    ];
  }

  #reporter(id: string, about: object): FlowNode {
    const { name } = this;
    const constants = JSON.stringify({ lane: name, ...about });
    const func = REPORT.replace('ABOUT', constants);
    return { id: `${name}-report-${id}`, type: 'function', z: name, outputs: 1, func, wires: [[`${name}-send`]] };
  }
}

/** A `nexo-terminal` on the local network, with the defaults of the editor. */
export function terminalNode(id: string, poiId: string, port: number): FlowNode {
  return {
    id,
    type: 'nexo-terminal',
    name: `Till of ${poiId}`,
    connection: 'lan',
    host: '127.0.0.1',
    port,
    path: '/EPASSaleToPOI/3.1',
    secure: false,
    tls: '',
    poiId,
    saleId: '1',
    currency: 'SEK',
    language: 'sv',
    endpoint: '',
    journal: '',
    autoLogin: true,
    responseTimeout: 300,
    recoveryTimeout: 120,
    whenBusy: 'wait',
  };
}

/** Gives the node `to` the message it is fed; `cyclic` closes a circle that no JSON can hold. */
const FEED = `
const { to, msg: given, cyclic } = msg.payload;
const fed = { ...given, _msgid: msg._msgid };
if (cyclic) fed.payload.context.self = fed.payload.context;
return [...PALETTE.map((name) => (name === to ? fed : null)), { ...msg, payload: msg._msgid }];
`;

/** A Catch node's message is the one that came in, circles included: of that, only the error is reported. */
const REPORT = `
const seq = (global.get('seq') || 0) + 1;
global.set('seq', seq);
const about = ABOUT;
const { _msgid, error, payload, ...rest } = msg;
const { req, res, ...whole } = about.kind === 'catch' ? { _msgid, error } : msg;
return { payload: { ...about, run: Number(env.get('NEXO_TEST_RUN')), seq, msg: whole } };
`;
