/**
 * What OpenAI's CLIP does to a text before it is tokenized: the Python package ftfy (`fix_text`, version 6) and `html.unescape` twice. Written from
 * their documented behaviour. Left out is ftfy's guessing at text that was decoded with a wrong encoding (`â€œ` for `“`).
 */
import { decodeHTML, decodeHTMLStrict } from 'entities'

/** Readable, plain text: signs for entities, letters for ligatures and full-width forms, straight quotes, no control characters, composed (NFC). */
export function repairedText(text: string): string {
  return decodeHTML(decodeHTML(repairedLines(text)))
}

/** ftfy reads line by line; where one holds `<`, that one and all after it are taken for HTML, whose entities stay. */
function repairedLines(text: string): string {
  let decodes = true
  return text
    .split(/(?<=\n)/)
    .map((line) => {
      decodes &&= !line.includes('<')
      return repairedLine(line, decodes)
    })
    .join('')
}

/** Repairs until nothing changes. */
function repairedLine(line: string, decodes: boolean): string {
  let before: string
  let text = line
  do {
    before = text
    if (decodes) text = text.replace(/&#?[0-9A-Za-z]{1,24};/g, decodedEntity)
    text = text
      .replace(/[\x80-\x9f]/g, (character) => windows1252[character.charCodeAt(0) - 0x80])
      .replace(ligature, (character) => ligatures[character])
      .replace(/[\u3000\uff01-\uffef]/g, (character) => character.normalize('NFKC'))
      .replace(/[\u02bc\u2018-\u201b]/g, "'")
      .replace(/[\u201c-\u201f]/g, '"')
      .replace(/\r\n|[\r\u2028\u2029\x85]/g, '\n')
      .replace(/\p{Surrogate}/gu, '\ufffd')
      .replace(/\x1b\[[\d;]*[A-Za-z]/g, '')
      .replace(control, '')
      .normalize('NFC')
  } while (text !== before)
  return text
}

/** An entity's character; of a name in capitals that HTML does not know (`&EACUTE;`) the capital. */
function decodedEntity(entity: string): string {
  const decoded = decodeHTMLStrict(entity)
  if (decoded !== entity || entity.startsWith('&#')) return decoded
  const small = entity.toLowerCase()
  const meant = entity === entity.toUpperCase() && decodeHTML(entity) === entity ? decodeHTMLStrict(small) : small
  return meant === small ? entity : meant.toUpperCase()
}

/** The characters of bytes 0x80 to 0x9f in Windows-1252; five of them stand for themselves. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

const ligatures: Readonly<Record<string, string>> = {
  Ĳ: 'IJ',
  ĳ: 'ij',
  ŉ: 'ʼn',
  Ǳ: 'DZ',
  ǲ: 'Dz',
  ǳ: 'dz',
  Ǆ: 'DŽ',
  ǅ: 'Dž',
  ǆ: 'dž',
  Ǉ: 'LJ',
  ǈ: 'Lj',
  ǉ: 'lj',
  Ǌ: 'NJ',
  ǋ: 'Nj',
  ǌ: 'nj',
  ﬀ: 'ff',
  ﬁ: 'fi',
  ﬂ: 'fl',
  ﬃ: 'ffi',
  ﬄ: 'ffl',
  ﬅ: 'ſt',
  ﬆ: 'st',
}
const ligature = new RegExp(`[${Object.keys(ligatures).join('')}]`, 'g')

/** Controls but for tab, line feed and form feed; deprecated format characters, the byte order mark and annotation marks. */
const control = /[\0-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g
