import type { definitions, messages } from './schema.ts';

type Definitions = typeof definitions;

/** A code from an open list: the listed values complete in an editor, any other text is allowed (nexo lists are open). */
type Code<Listed> = Listed | (string & {});

type Field<Schema> = Schema extends { $ref: `#/$defs/${infer Name extends keyof Definitions}` }
  ? Field<Definitions[Name]>
  : Schema extends { type: 'array'; items: infer Item }
    ? Field<Item>[]
    : Schema extends { enum: readonly (infer Listed)[] }
      ? Code<Listed>
      : Schema extends { type: 'string' }
        ? string
        : Schema extends { type: 'boolean' }
          ? boolean
          : Schema extends { type: 'integer' }
            ? number
            : Schema extends { properties: infer Properties; required: readonly (infer Required)[] }
              ? { -readonly [K in keyof Properties as K extends Required ? K : never]: Field<Properties[K]> } & {
                  -readonly [K in keyof Properties as K extends Required ? never : K]?: Field<Properties[K]>;
                }
              : Schema extends { properties: infer Properties }
                ? { -readonly [K in keyof Properties]?: Field<Properties[K]> }
                : never;

/** A nexo type by its name in the schema table, in the decoded form: `Nexo<'PaymentResponse'>`. */
export type Nexo<Name extends keyof Definitions> = Field<Definitions[Name]>;

/** Names of the message bodies the table knows: `PaymentRequest`, `EventNotification`… */
export type BodyName = keyof typeof messages;
export type RequestName = {
  [K in BodyName]: (typeof messages)[K]['root'] extends 'SaleToPOIRequest' ? K : never;
}[BodyName];
export type ResponseName = Exclude<BodyName, RequestName>;

export type MessageHeader = Nexo<'MessageHeader'>;
export type SaleToPOIRequest = Nexo<'SaleToPOIRequest'>;
export type SaleToPOIResponse = Nexo<'SaleToPOIResponse'>;

/** A whole message as it stands in `msg.nexo`: one root, nexo's own names below it. */
export type Message = { SaleToPOIRequest: SaleToPOIRequest } | { SaleToPOIResponse: SaleToPOIResponse };
