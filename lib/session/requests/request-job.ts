import type { Job } from '../job-queue.ts';
import type { Reason } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import type { Login } from './login.ts';
import { type Answer, type Category, refusalOf } from './reply-classification.ts';
import { type BuildRequest, type OpenRequest, sendAbort, sendRequest } from './request-exchange.ts';
import { RetryRule } from './retry-rule.ts';

/** A request that moves no money. */
export interface RequestSpec {
  category: Category;
  build: BuildRequest;
  /** In ms. */
  timeout: number;
  /** Called before each attempt. @returns why the request is not sent any more, if so */
  before?: () => Reason | undefined;
  /** Called with each refusal, before it is tried again. */
  refused?: () => void;
  /** Called where the job does not get its turn. */
  refuse?: (reason: Reason) => void;
  /** Called once, at the end. */
  ended: (answer: Answer) => void;
}

/** Runs a request that moves no money: logs in where needed, sends it, and sends it again as `RetryRule` says. */
export class RequestJob implements Job {
  readonly #context: SessionContext;
  readonly #login: Login;
  readonly #spec: RequestSpec;
  readonly #retry: RetryRule;
  #open: OpenRequest | undefined;

  constructor(context: SessionContext, login: Login, spec: RequestSpec) {
    this.#context = context;
    this.#login = login;
    this.#spec = spec;
    this.#retry = new RetryRule(context);
  }

  run(): void {
    if (!this.#login.required) return this.#send();
    this.#retry.loggedIn();
    this.#logIn();
  }

  refuse(reason: Reason): void {
    this.#spec.refuse?.(reason);
  }

  /** Aborts an input that is open. A terminal aborts no other of these requests. */
  abort(ref: string): void {
    const { category } = this.#spec;
    if (category === 'Input' && this.#open) {
      sendAbort(this.#context, ref, { category, serviceId: this.#open.serviceId });
    } else this.#context.push({ type: 'done', ref, result: { type: 'abort', sent: false } });
  }

  #logIn(): void {
    this.#login.need((result) => (result.ok ? this.#send() : this.#spec.ended({ error: result.error })));
  }

  #send(): void {
    const { category, build, timeout, before, ended } = this.#spec;
    const error = before?.();
    if (error) return ended({ error });
    this.#open = sendRequest(this.#context, category, build, { overtake: false, timeout }, (answer) => {
      this.#open = undefined;
      this.#answered(answer);
    });
  }

  #answered(answer: Answer): void {
    const { refused, ended } = this.#spec;
    const refusal = answer.response && answer.error && refusalOf(answer.error);
    if (answer.response && answer.error) refused?.();
    const retry = refusal && this.#retry.after(refusal);
    if (retry === undefined) return ended(answer);
    if (retry.type === 'pause') this.#context.after('request', retry.ms, () => this.run());
    else this.#logIn();
  }
}
