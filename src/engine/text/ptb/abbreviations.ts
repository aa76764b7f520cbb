/**
 * Words that keep their period, as patterns without it. They match in either case, but for those that are ordinary words
 * in lower case (`ill`, `mass`, `wash`): these need their capital.
 */

/** Turns a pattern into one that matches in either case; letters in brackets stay as they are. */
export function eitherCase(pattern: string): string {
  return pattern.replace(/\[[^\]]*\]|\\.|[a-z]/gi, (part) => (part.length === 1 ? `[${part.toLowerCase()}${part.toUpperCase()}]` : part))
}

const months = 'jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec'
const weekdays = 'mon|tues?|wed|thu(?:rs)?|fri'
const states =
  'ala|ariz|[A]z|[A]rk|calif|colo|conn|ct|dak|[D]el|fla|ga|[I]ll|ind|kans?|ky|[L]a|[M]ass|md|mich|minn|[M]iss|mo|mont|neb|nev|okla|' +
  '[O]re|[P]a|penn|tenn|[T]ex|va|vt|[W]ash|wisc?|wyo'
const companies = 'inc|cos?|corp|pp?t[ye]s?|ltd|plc|rt|bancorp|dept|bhd|assn|univ|intl|sys'
const afterNames = 'jr|sr|bros|(?:ed|ph)\\.d|blvd|rd|esq'
const others = 'tel|est|ext|sq|etc|al|seq'

/** Abbreviations that often end a sentence: before one's beginning a period of its own follows them. */
export const closingAbbreviations = eitherCase([months, weekdays, states, companies, afterNames, others].join('|'))

/** Abbreviations that stand before something: titles and the like. */
export const openingAbbreviations = eitherCase(
  'mr|mrs|ms|drs?|profs?|sens?|reps?|attys?|lt|col|gen|messrs|govs?|adm|rev|maj|sgt|cpl|pvt|capt|ste?|ave|pres|lieut|hon|brig|co?mdr|pfc|' +
    'spc|supts?|det|mt|ft|adj|adv|asst|assoc|ens|insp|mlle|mme|msgr|sfc|ph|vs|alex|wm|jos|cie|a\\.k\\.a|cf|treas|' +
    'invt|elec|natl|m[ft]g',
)

/** Abbreviations only before a number. */
export const numberAbbreviations = eitherCase('ca|figs?|prop|nos?|art|bldg|pp|op')

/** Words that, after an initial or an acronym, tell that a sentence ended before them. */
export const sentenceOpeners = [
  'A|About|According|Additionally|After|An|As|At|But|Earlier|He|Her|Here|However|If|In|It|Last|Many|More|Mr\\.|Ms\\.|Now|Once|One|Other|',
  'Our|She|Since|So|Some|Such|That|The|Their|Then|There|These|They|This|We|When|While|What|Yet|You',
].join('')
