/** Card secrets that a terminal lets slip, and how to find them where they must not be. */

/** A card number that no test card has. Nothing but the faulty proxy knows it. */
export const LEAKED_PAN = '4929420573595709';

const SENSITIVE =
  `<SensitiveCardData PAN="${LEAKED_PAN}" CardSeqNumb="01" ExpiryDate="1230">` +
  `<TrackData TrackNumb="2"><TrackValue>${LEAKED_PAN}=30122010000012300000</TrackValue></TrackData></SensitiveCardData>` +
  `<CardNumber>${LEAKED_PAN}</CardNumber>`;

/** The same answer with everything about the card in it, inside the schema's places for it and outside of them. */
export function indiscreet(xml: string): string {
  return xml.replace(/<CardData\b[^>]*[^/]>/, (start) => start + SENSITIVE);
}

/** What a misdirected service may answer. */
export const GARBAGE = `<!DOCTYPE html><html><body>card ${LEAKED_PAN}, exp 12/30 & <b>more</body></html>`;

/** Node-RED's own message ids: hexadecimal, and now and then all digits. */
const MESSAGE_ID = /"_?msgid":"[0-9a-f]+"/g;

/**
 * Digit runs in `text` that could be card numbers: 13 to 19 digits with a right check digit.
 * @param since times in ms from then on, up to a day, are none
 */
export function cardNumbersIn(text: string, since: number): string[] {
  const runs = text.replaceAll(MESSAGE_ID, '').match(/(?<!\d)\d{13,19}(?!\d)/g) ?? [];
  const isTime = (run: string) => run.length === 13 && Math.abs(Number(run) - since) < 86_400_000;
  return runs.filter((run) => !isTime(run) && passesLuhn(run));
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
