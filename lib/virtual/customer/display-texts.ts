/** The kind of a text for the cashier: InfoQualify on the wire. */
export type TextKind = 'Status' | 'Error' | 'Display' | 'POIReplication' | 'CustomerAssistance';

/** The SaleCapability of a POS that receives texts of a kind. */
const CAPABILITY: Readonly<Record<TextKind, string>> = {
  Status: 'CashierStatus',
  Error: 'CashierError',
  Display: 'CashierDisplay',
  POIReplication: 'POIReplication',
  CustomerAssistance: 'CustomerAssistance',
};

type Language = 'sv' | 'no' | 'da' | 'fi' | 'en';

interface Text extends Readonly<Record<Language, string>> {
  /** The number before the text. Swedbank Pay publishes none: these numbers are this terminal's own. */
  id: number;
  kind: TextKind;
}

/** The terminal's texts for the cashier. The English ones are those of the quick guide's sequence diagrams. */
export const texts = {
  welcome: {
    id: 1,
    kind: 'Status',
    sv: 'Välkommen',
    no: 'Velkommen',
    da: 'Velkommen',
    fi: 'Tervetuloa',
    en: 'Welcome',
  },
  pleaseWait: {
    id: 2,
    kind: 'Status',
    sv: 'Var god vänta',
    no: 'Vennligst vent',
    da: 'Vent venligst',
    fi: 'Odota hetki',
    en: 'Please wait',
  },
  presentCard: {
    id: 3,
    kind: 'POIReplication',
    sv: 'Visa eller sätt in kort',
    no: 'Vis eller sett inn kort',
    da: 'Vis eller indsæt kort',
    fi: 'Näytä tai syötä kortti',
    en: 'Present card',
  },
  enterPin: {
    id: 4,
    kind: 'POIReplication',
    sv: 'Ange PIN',
    no: 'Tast PIN',
    da: 'Indtast PIN',
    fi: 'Näppäile PIN',
    en: 'Enter PIN',
  },
  authorizing: {
    id: 5,
    kind: 'Display',
    sv: 'Auktoriserar',
    no: 'Autoriserer',
    da: 'Autoriserer',
    fi: 'Varmennetaan',
    en: 'Authorizing',
  },
  approved: {
    id: 6,
    kind: 'Display',
    sv: 'Godkänt',
    no: 'Godkjent',
    da: 'Godkendt',
    fi: 'Hyväksytty',
    en: 'Approved',
  },
  declined: { id: 7, kind: 'Display', sv: 'Medges ej', no: 'Avvist', da: 'Afvist', fi: 'Hylätty', en: 'Declined' },
  cancelled: {
    id: 8,
    kind: 'Display',
    sv: 'Avbrutet av kunden',
    no: 'Avbrutt av kunden',
    da: 'Afbrudt af kunden',
    fi: 'Asiakas keskeytti',
    en: 'Cancelled by the customer',
  },
  aborted: { id: 9, kind: 'Display', sv: 'Avbrutet', no: 'Avbrutt', da: 'Afbrudt', fi: 'Keskeytetty', en: 'Aborted' },
  reversed: {
    id: 10,
    kind: 'Display',
    sv: 'Makulerat',
    no: 'Annullert',
    da: 'Annulleret',
    fi: 'Peruutettu',
    en: 'Reversed',
  },
  wrongPin: {
    id: 11,
    kind: 'Error',
    sv: 'Fel PIN',
    no: 'Feil PIN',
    da: 'Forkert PIN',
    fi: 'Väärä PIN',
    en: 'Wrong PIN',
  },
  cardNotAccepted: {
    id: 12,
    kind: 'Error',
    sv: 'Kortet accepteras inte',
    no: 'Kortet aksepteres ikke',
    da: 'Kortet accepteres ikke',
    fi: 'Korttia ei hyväksytä',
    en: 'Card not accepted',
  },
  noContact: {
    id: 13,
    kind: 'Error',
    sv: 'Ingen kontakt med banken',
    no: 'Ingen kontakt med banken',
    da: 'Ingen kontakt med banken',
    fi: 'Ei yhteyttä pankkiin',
    en: 'No contact with the bank',
  },
  customerNeedsHelp: {
    id: 14,
    kind: 'CustomerAssistance',
    sv: 'Kunden behöver hjälp',
    no: 'Kunden trenger hjelp',
    da: 'Kunden har brug for hjælp',
    fi: 'Asiakas tarvitsee apua',
    en: 'The customer needs help',
  },
  signatureOk: {
    id: 15,
    kind: 'Display',
    sv: 'Är underskriften OK?',
    no: 'Er underskriften OK?',
    da: 'Er underskriften OK?',
    fi: 'Onko allekirjoitus oikein?',
    en: 'Is the signature OK?',
  },
  awaitingAmount: {
    id: 16,
    kind: 'POIReplication',
    sv: 'Väntar på belopp',
    no: 'Venter på beløp',
    da: 'Afventer beløb',
    fi: 'Odotetaan summaa',
    en: 'Awaiting amount',
  },
} as const satisfies Record<string, Text>;

export type TextName = keyof typeof texts;

/**
 * A text in the operator's language.
 * @param language OperatorLanguage of the login: `sv` `no` (also `nb`, `nn`) `da` `fi`; anything else is English
 * @param entered the customer's input so far, as asterisks
 */
export function textIn(language: string, name: TextName, entered = ''): string {
  const text: Text = texts[name];
  const content = text[languageOf(language.toLowerCase())];
  return entered === '' ? content : `${content}: ${entered}`;
}

function languageOf(code: string): Language {
  if (code === 'nb' || code === 'nn') return 'no';
  return code === 'sv' || code === 'no' || code === 'da' || code === 'fi' ? code : 'en';
}

/**
 * The InfoQualify with which a text is sent to a POS with these capabilities: the text's own kind where the POS has that
 * capability, `Display` where it has only CashierDisplay, undefined where the text is not sent.
 */
export function infoQualify(name: TextName, capabilities: ReadonlySet<string>): TextKind | undefined {
  const { kind } = texts[name];
  if (capabilities.has(CAPABILITY[kind])) return kind;
  return capabilities.has(CAPABILITY.Display) ? 'Display' : undefined;
}
