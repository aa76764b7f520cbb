/**
 * Our own list of English function words, for METEOR without METEOR's resources: closed-class words and what tokenization leaves of them.
 */

const articles = 'a an the'
const prepositions = `about above across after against along among around as at before behind below beneath beside between beyond by
  down during for from in inside into like near of off on onto out outside over past through to toward towards under underneath up upon with
  within without`
const conjunctions = 'and but if nor or so than that then though while when where because'
const pronouns = `i me my you your he him his she her it its we us our they them their who whom whose which what this these those there here
  one some any each other another both all`
const auxiliaries = 'be is are am was were been being have has had do does did can could will would shall should may might must not no'
const remains = `s 's t 't 're 've 'll 'm 'd ' " . , : ; ! ? - -- ( ) -lrb- -rrb-`

export const builtInFunctionWords: ReadonlySet<string> = new Set([articles, prepositions, conjunctions, pronouns, auxiliaries, remains].join(' ').split(/\s+/u))
