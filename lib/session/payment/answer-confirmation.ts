import type { SaleToPOIResponse } from '../../protocol/types.ts';
import type { Attempt } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import { poiTransactionIn } from './response-matching.ts';
import type { TransactionKind } from './transaction-kinds.ts';
import type { FinalVerdict, RefusedVerdict } from './verdict.ts';

/** A direct answer that counts once TransactionStatus agrees. */
interface Unconfirmed {
  verdict: FinalVerdict | RefusedVerdict;
  response: SaleToPOIResponse;
  /** How often another device had been found, when it came. */
  deviceChanges: number;
  /** No status has contradicted it yet. */
  open: boolean;
  /** How many statuses agreed. */
  rounds: number;
}

/** Answers of a request that moves money, which count only together with a second one. */
export class AnswerConfirmation {
  readonly #context: SessionContext;
  readonly #kind: TransactionKind;
  #unconfirmed: Unconfirmed | undefined;
  /** What the latest answer in an unusual spelling means. */
  #word: string | undefined;
  /** An attempt from before a restart may have reached the terminal, though it was sent again. */
  #doubtful: boolean;

  /** @param triedBefore the record holds attempts of an earlier process */
  constructor(context: SessionContext, kind: TransactionKind, triedBefore: boolean) {
    this.#context = context;
    this.#kind = kind;
    this.#doubtful = kind.persistent && triedBefore;
  }

  /** A new attempt begins. */
  reset(): void {
    this.#unconfirmed = undefined;
    this.#word = undefined;
  }

  /** A direct answer says that nothing was done. */
  begin(verdict: Unconfirmed['verdict'], response: SaleToPOIResponse): void {
    const { deviceChanges } = this.#context;
    this.#unconfirmed = { verdict, response, deviceChanges, open: true, rounds: 0 };
  }

  /**
   * The status does not know the request: whether that confirms the direct answer. Through a relay it takes two of them.
   *
   * @param idle the terminal's last transaction is the one from before the request
   * @param comparable the one from before is known
   */
  agrees(idle: boolean, comparable: boolean): 'yes' | 'again' | 'no' {
    const unconfirmed = this.#unconfirmed;
    if (!unconfirmed?.open || !this.#isConfirmable(unconfirmed, idle, comparable)) return 'no';
    return ++unconfirmed.rounds < 2 && this.#context.config.relayed ? 'again' : 'yes';
  }

  /** Through a relay the answer may be about a second copy, and the terminal may have lost what the first one did. */
  #isConfirmable({ verdict, deviceChanges }: Unconfirmed, idle: boolean, comparable: boolean): boolean {
    const { config, answers, deviceChanges: now } = this.#context;
    const busy = verdict.type === 'refused' && verdict.refusal === 'busy';
    if (this.#doubtful && !busy) return false;
    if (!config.relayed) return true;
    const first = verdict.type === 'outcome' && !comparable;
    return deviceChanges === now && this.#kind.knownToStatus(answers) && (busy || idle || first);
  }

  /** The status says otherwise, or does not answer. @returns whether an answer waited for it */
  disagree(): boolean {
    if (!this.#unconfirmed?.open) return false;
    this.#unconfirmed.open = false;
    return true;
  }

  /** Idle rounds prove that this attempt was not started: a direct answer that says how it ended counts now. */
  proven(): void {
    this.#doubtful = false;
    if (this.#unconfirmed?.verdict.type !== 'outcome') this.#unconfirmed = undefined;
  }

  /** @returns the answer that is confirmed, once */
  take(): Pick<Unconfirmed, 'verdict' | 'response'> | undefined {
    const unconfirmed = this.#unconfirmed;
    this.#unconfirmed = undefined;
    return unconfirmed;
  }

  /** Whether the latest two answers in an unusual spelling say the same of that attempt. */
  cameTwice({ serviceId }: Attempt, { outcome, authorized }: FinalVerdict, response: SaleToPOIResponse): boolean {
    const word = JSON.stringify([serviceId, outcome, authorized, poiTransactionIn(response)]);
    const before = this.#word;
    this.#word = word;
    return before === word;
  }
}
