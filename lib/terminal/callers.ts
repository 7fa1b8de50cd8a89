import type { NexoError } from '../protocol/errors.ts';
import type { Phase, Result } from '../session/effects.ts';

interface Caller {
  settle(result: Result): void;
  reject(error: NexoError): void;
  phase: OnPhase | undefined;
}

/** Receives what the terminal does before it answers. */
export type OnPhase = (phase: Phase) => void;

/** Those that wait for the result of a command, by the ref of its event. */
export class Callers {
  readonly #waiting = new Map<string, Caller>();

  get size(): number {
    return this.#waiting.size;
  }

  /** @throws NexoError by rejection: what the caller is rejected with */
  add(ref: string, phase?: OnPhase): Promise<Result> {
    return new Promise((settle, reject) => this.#waiting.set(ref, { settle, reject, phase }));
  }

  reportPhase(refs: readonly string[], phase: Phase): void {
    for (const ref of refs) this.#waiting.get(ref)?.phase?.(phase);
  }

  settle(ref: string, result: Result): void {
    this.#remove(ref)?.settle(result);
  }

  reject(ref: string, error: NexoError): void {
    this.#remove(ref)?.reject(error);
  }

  rejectAll(error: NexoError): void {
    for (const ref of [...this.#waiting.keys()]) this.reject(ref, error);
  }

  #remove(ref: string): Caller | undefined {
    const caller = this.#waiting.get(ref);
    this.#waiting.delete(ref);
    return caller;
  }
}
