/** What a formatted receipt says, by language. */

export type Language = 'sv' | 'no' | 'da' | 'fi' | 'en';

/** How numbers are written: `1 234,56 SEK`, `SEK 1,234.56`. */
interface Numbers {
  group: string;
  decimal: string;
  currencyFirst: boolean;
}

export type ReceiptWord =
  // What was done
  | 'purchase'
  | 'refund'
  | 'reversal'
  | 'cashAdvance'
  // Amounts
  | 'amount'
  | 'tip'
  | 'total'
  | 'cashBack'
  // How
  | 'contactless'
  | 'chip'
  | 'swiped'
  | 'keyed'
  | 'mobile'
  | 'pin'
  | 'offline'
  // How it ended
  | 'approved'
  | 'declined'
  | 'aborted'
  // Who and which
  | 'organisation'
  | 'phone'
  | 'merchant'
  | 'terminal'
  | 'receipt'
  | 'reference'
  | 'approvalCode'
  // The copies
  | 'signature'
  | 'keep'
  | 'customerCopy'
  | 'merchantCopy'
  | 'duplicate';

export interface ReceiptTexts {
  numbers: Numbers;
  words: Readonly<Record<ReceiptWord, string>>;
}

export const receiptTexts: Readonly<Record<Language, ReceiptTexts>> = {
  sv: {
    numbers: { group: ' ', decimal: ',', currencyFirst: false },
    words: {
      purchase: 'KÖP',
      refund: 'RETUR',
      reversal: 'MAKULERING',
      cashAdvance: 'KONTANTUTTAG',
      amount: 'Belopp',
      tip: 'Dricks',
      total: 'Totalt',
      cashBack: 'Varav uttag',
      contactless: 'Kontaktlös',
      chip: 'Chip',
      swiped: 'Magnetremsa',
      keyed: 'Manuellt',
      mobile: 'Mobil',
      pin: 'Personlig kod',
      offline: 'Offline',
      approved: 'GODKÄNT',
      declined: 'MEDGES EJ',
      aborted: 'AVBRUTET',
      organisation: 'Org.nr',
      phone: 'Tel',
      merchant: 'Butiksnr',
      terminal: 'Termid',
      receipt: 'Kvittonr',
      reference: 'Ref.nr',
      approvalCode: 'Kontrollkod',
      signature: 'Kundens underskrift',
      keep: 'SPARA KVITTOT',
      customerCopy: 'KUNDENS EXEMPLAR',
      merchantCopy: 'BUTIKENS EXEMPLAR',
      duplicate: 'KOPIA',
    },
  },
  no: {
    numbers: { group: ' ', decimal: ',', currencyFirst: false },
    words: {
      purchase: 'KJØP',
      refund: 'RETUR',
      reversal: 'ANNULLERING',
      cashAdvance: 'KONTANTUTTAK',
      amount: 'Beløp',
      tip: 'Tips',
      total: 'Totalt',
      cashBack: 'Herav uttak',
      contactless: 'Kontaktløs',
      chip: 'Chip',
      swiped: 'Magnetstripe',
      keyed: 'Manuelt',
      mobile: 'Mobil',
      pin: 'Personlig kode',
      offline: 'Offline',
      approved: 'GODKJENT',
      declined: 'AVVIST',
      aborted: 'AVBRUTT',
      organisation: 'Org.nr',
      phone: 'Tlf',
      merchant: 'Butikknr',
      terminal: 'Term.id',
      receipt: 'Kvitteringsnr',
      reference: 'Ref.nr',
      approvalCode: 'Aut.kode',
      signature: 'Kundens underskrift',
      keep: 'TA VARE PÅ KVITTERINGEN',
      customerCopy: 'KUNDENS EKSEMPLAR',
      merchantCopy: 'BUTIKKENS EKSEMPLAR',
      duplicate: 'KOPI',
    },
  },
  da: {
    numbers: { group: '.', decimal: ',', currencyFirst: false },
    words: {
      purchase: 'KØB',
      refund: 'RETUR',
      reversal: 'ANNULLERING',
      cashAdvance: 'KONTANTUDBETALING',
      amount: 'Beløb',
      tip: 'Drikkepenge',
      total: 'I alt',
      cashBack: 'Heraf kontant',
      contactless: 'Kontaktløs',
      chip: 'Chip',
      swiped: 'Magnetstribe',
      keyed: 'Manuelt',
      mobile: 'Mobil',
      pin: 'PIN-kode',
      offline: 'Offline',
      approved: 'GODKENDT',
      declined: 'AFVIST',
      aborted: 'AFBRUDT',
      organisation: 'Org.nr.',
      phone: 'Tlf.',
      merchant: 'Forretningsnr.',
      terminal: 'Term.id',
      receipt: 'Bonnr.',
      reference: 'Ref.nr.',
      approvalCode: 'Aut.kode',
      signature: 'Kundens underskrift',
      keep: 'GEM KVITTERINGEN',
      customerCopy: 'KUNDENS EKSEMPLAR',
      merchantCopy: 'FORRETNINGENS EKSEMPLAR',
      duplicate: 'KOPI',
    },
  },
  fi: {
    numbers: { group: ' ', decimal: ',', currencyFirst: false },
    words: {
      purchase: 'OSTO',
      refund: 'HYVITYS',
      reversal: 'PERUUTUS',
      cashAdvance: 'KÄTEISNOSTO',
      amount: 'Summa',
      tip: 'Juomaraha',
      total: 'Yhteensä',
      cashBack: 'Josta käteistä',
      contactless: 'Lähimaksu',
      chip: 'Siru',
      swiped: 'Magneettijuova',
      keyed: 'Käsin syötetty',
      mobile: 'Mobiili',
      pin: 'PIN-koodi',
      offline: 'Offline',
      approved: 'HYVÄKSYTTY',
      declined: 'HYLÄTTY',
      aborted: 'KESKEYTETTY',
      organisation: 'Yritystunnus',
      phone: 'Puh.',
      merchant: 'Kauppiasnro',
      terminal: 'Pääte',
      receipt: 'Kuittinro',
      reference: 'Viite',
      approvalCode: 'Varmenne',
      signature: 'Asiakkaan allekirjoitus',
      keep: 'SÄILYTÄ KUITTI',
      customerCopy: 'ASIAKKAAN KAPPALE',
      merchantCopy: 'KAUPPIAAN KAPPALE',
      duplicate: 'KOPIO',
    },
  },
  en: {
    numbers: { group: ',', decimal: '.', currencyFirst: true },
    words: {
      purchase: 'PURCHASE',
      refund: 'REFUND',
      reversal: 'REVERSAL',
      cashAdvance: 'CASH ADVANCE',
      amount: 'Amount',
      tip: 'Tip',
      total: 'Total',
      cashBack: 'Of which cash',
      contactless: 'Contactless',
      chip: 'Chip',
      swiped: 'Magnetic stripe',
      keyed: 'Keyed',
      mobile: 'Mobile',
      pin: 'PIN',
      offline: 'Offline',
      approved: 'APPROVED',
      declined: 'DECLINED',
      aborted: 'CANCELLED',
      organisation: 'Org. no.',
      phone: 'Phone',
      merchant: 'Merchant no.',
      terminal: 'Terminal',
      receipt: 'Receipt no.',
      reference: 'Ref. no.',
      approvalCode: 'Approval code',
      signature: 'Customer signature',
      keep: 'KEEP THIS RECEIPT',
      customerCopy: 'CUSTOMER COPY',
      merchantCopy: 'MERCHANT COPY',
      duplicate: 'DUPLICATE',
    },
  },
};
