/** Node-RED, the cloud's stand-in and its terminals, for tests of the nodes through the cloud. */
import assert from 'node:assert/strict';
import { type RunningCloud, serveCloud } from '../../lib/virtual/cloud/cloud-server.ts';
import { CloudService } from '../../lib/virtual/cloud/cloud-service.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';
import { type FlowNode, Lane, type LaneOptions } from './node-red-flow.ts';
import { Rig } from './node-red-rig.ts';

export const CLIENT = { clientId: 'till-client-7', clientSecret: 'sEcReT/9+x' };

type Credentials = typeof CLIENT & { channelId: string };

export interface CloudRigOptions {
  /** The lanes by name. Their terminals are in the cloud; `terminal` has the settings that differ. */
  lanes: Record<string, LaneOptions>;
  /** What is deployed in place of a lane's own credentials; undefined: none. */
  credentials?: (name: string, own: Credentials) => Credentials | undefined;
}

const DEADLINE = 120_000;

/** Every lane has a terminal of its own behind the cloud, which was paired before. */
export class CloudRig {
  readonly terminals: VirtualTerminals;
  readonly service: CloudService;
  readonly lanes: ReadonlyMap<string, Lane>;
  /** The ids of the channels, by POIID. */
  readonly channels = new Map<string, string>();
  readonly #options: CloudRigOptions;
  #cloud: RunningCloud | undefined;
  #rig: Rig | undefined;
  /** The log of the terminals: `<POIID> <category> <ServiceID> … → <result>`. */
  readonly #lines: string[] = [];
  readonly #observers = new Set<() => void>();
  /** Answers that are held back, by POIID. */
  readonly #held = new Map<string, (() => void)[]>();

  static async start(options: CloudRigOptions): Promise<CloudRig> {
    const rig = new CloudRig(options);
    try {
      await rig.#start();
    } catch (error) {
      await rig.end();
      throw error;
    }
    return rig;
  }

  private constructor(options: CloudRigOptions) {
    this.#options = options;
    const names = Object.keys(options.lanes);
    this.terminals = new VirtualTerminals({
      delay: 20,
      pos: (poiId) => this.service.pos(poiId),
      log: (line) => {
        this.#lines.push(line);
        for (const check of [...this.#observers]) check();
      },
    });
    this.service = new CloudService({
      client: CLIENT,
      relay: (body, respond) => this.terminals.receive(body, (answer) => this.#pass(body, () => respond(answer))),
      poiIds: names.map((name) => `POI-${name}`),
    });
    this.lanes = new Map(names.map((name) => [name, new CloudLane(name, options.lanes[name], () => this.addresses)]));
  }

  get rig(): Rig {
    assert.ok(this.#rig);
    return this.#rig;
  }

  get cloud(): RunningCloud {
    assert.ok(this.#cloud);
    return this.#cloud;
  }

  get addresses(): { baseUrl: string; tokenUrl: string } {
    const { baseUrl, tokenUrl } = this.cloud;
    return { baseUrl, tokenUrl };
  }

  lane(name: string): Lane {
    const lane = this.lanes.get(name);
    assert.ok(lane, name);
    return lane;
  }

  /** How often a lane's terminal has moved money, reversals included. */
  moved(name: string): number {
    return this.terminals.terminal(this.lane(name).poiId)?.ledger.movements.length ?? 0;
  }

  /** Pairs a lane's terminal, in the stand-in itself. An earlier channel ends. The next deploy uses the new one. */
  pair(name: string): void {
    const { poiId } = this.lane(name);
    const code = this.service.channels.codes.find((one) => one.poiId === poiId)?.code ?? '';
    const channel = this.service.channels.pair(code);
    assert.ok(channel);
    this.channels.set(poiId, channel.id);
  }

  /** Deploys all flows with their credentials, as the editor does. @param only the one lane that has new ones */
  deploy(only?: string): Promise<void> {
    return this.rig.nodeRed.deploy(this.#flows(only), only === undefined ? 'full' : 'nodes');
  }

  /** The exchanges of a lane's terminal so far, without its POIID. */
  exchanges(name: string): string[] {
    const start = `${this.lane(name).poiId} `;
    return this.#lines.flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
  }

  /** Waits until `count` exchanges of a lane's terminal match. */
  exchanged(name: string, pattern: RegExp, count = 1): Promise<void> {
    const holds = () => this.exchanges(name).filter((line) => pattern.test(line)).length >= count;
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(timer);
        this.#observers.delete(check);
        then();
      };
      const check = () => {
        if (holds()) settle(resolve);
      };
      const late = () => reject(new Error(`${name} ${pattern}\n${this.exchanges(name).join('\n')}`));
      const timer = setTimeout(() => settle(late), DEADLINE);
      this.#observers.add(check);
      check();
    });
  }

  /** Holds back the answers of a lane's terminal. @returns a function that passes them on */
  holdAnswers(name: string): () => void {
    const { poiId } = this.lane(name);
    this.#held.set(poiId, []);
    return () => {
      const held = this.#held.get(poiId) ?? [];
      this.#held.delete(poiId);
      for (const pass of held) pass();
    };
  }

  async end(): Promise<void> {
    await this.#rig?.end();
    await this.#cloud?.close();
    this.service.close();
    this.terminals.close();
  }

  async #start(): Promise<void> {
    this.#cloud = await serveCloud(this.service, { port: 0 });
    this.#rig = await Rig.start({ lanes: [...this.lanes.values()] });
    for (const name of this.lanes.keys()) this.pair(name);
    await this.deploy();
  }

  #flows(only: string | undefined): FlowNode[] {
    const { credentials = (_, own) => own } = this.#options;
    return this.rig.flows().map((node) => {
      const name = node.type === 'nexo-terminal' ? String(node.poiId).replace(/^POI-/, '') : undefined;
      if (only !== undefined && name !== only) return node;
      const channelId = this.channels.get(String(node.poiId));
      const given = name && channelId ? credentials(name, { ...CLIENT, channelId }) : undefined;
      return given ? { ...node, credentials: given } : node;
    });
  }

  #pass(body: Uint8Array, pass: () => void): void {
    const poiId = / POIID="([^"]*)"/.exec(Buffer.from(body).toString())?.[1] ?? '';
    const held = this.#held.get(poiId);
    if (held) held.push(pass);
    else pass();
  }
}

/** A lane whose terminal is in the cloud; its address is known once that listens. */
class CloudLane extends Lane {
  readonly #addresses: () => object;

  constructor(name: string, options: LaneOptions = {}, addresses: () => object) {
    const terminal = { connection: 'cloud', host: '', scope: 'api', ...options.terminal };
    super(name, { ...options, terminal });
    this.#addresses = addresses;
  }

  override flow(port: number, collector: string): FlowNode[] {
    const nodes = super.flow(port, collector);
    return nodes.map((node) => (node.type === 'nexo-terminal' ? { ...node, ...this.#addresses() } : node));
  }
}
