import type { Nexo } from '../../protocol/types.ts';

/** A request that the terminal refuses: `condition` is the ErrorCondition of its response, `path` the field. */
export class RefusedRequest extends Error {
  readonly condition: Nexo<'ErrorCondition'>;
  readonly path: string | undefined;

  constructor(condition: Nexo<'ErrorCondition'>, message: string, { path }: { path?: string } = {}) {
    super(message);
    this.name = 'RefusedRequest';
    this.condition = condition;
    this.path = path;
  }
}
