/**
 * What probably comes next while a caption is typed: an n-gram model of up to four words over the workspace's own texts, interpolated from the
 * longest context to none (Jelinek & Mercer 1980), beside a small one over what is known about the image in hand.
 */
import type { Completion } from '#shared/writing.ts'
import { foldWord, placedWords } from './words.ts'

export interface WordModel {
  /** Learns a text; a negative weight takes it back. */
  learn(text: string, weight: number): void
  /** How likely each word beginning with `prefix` is after `before` (folded words, the last one last), most likely first. */
  likely(before: readonly string[], prefix: string): { word: string; probability: number }[]
}

const end = '</s>' // closes every text; no word has these signs
const begin = '<s>'
const longest = 4 // words of an n-gram
const orderWeights = [0.05, 0.15, 0.3, 0.5] // of orders 1 to 4; contexts that were never seen leave their weight to shorter ones
const mostWeighed = 400 // words of one prefix that are compared

interface Followers {
  total: number
  counts: Map<string, number>
}

export function createWordModel(): WordModel {
  const contexts = new Map<string, Followers>()
  let sorted: string[] | undefined // all words, for looking up a prefix

  function count(context: string, word: string, weight: number): void {
    let followers = contexts.get(context)
    if (followers === undefined) {
      if (weight <= 0) return
      followers = { total: 0, counts: new Map() }
      contexts.set(context, followers)
    }
    const next = (followers.counts.get(word) ?? 0) + weight
    if (next > 1e-9) followers.counts.set(word, next)
    else followers.counts.delete(word)
    followers.total = Math.max(0, followers.total + weight)
    if (followers.counts.size === 0) contexts.delete(context)
  }

  function startingWith(prefix: string): readonly string[] {
    const all = contexts.get('')?.counts
    if (all === undefined) return []
    sorted ??= [...all.keys()].sort()
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (sorted[middle] < prefix) low = middle + 1
      else high = middle
    }
    let last = low
    while (last < sorted.length && sorted[last].startsWith(prefix)) last++
    const found = sorted.slice(low, last)
    return found.length <= mostWeighed ? found : found.sort((a, b) => (all.get(b) ?? 0) - (all.get(a) ?? 0)).slice(0, mostWeighed)
  }

  return {
    learn(text, weight) {
      const words = [begin, ...placedWords(text).map(({ word }) => foldWord(word)), end]
      for (let i = 1; i < words.length; i++) {
        for (let order = 0; order < longest && order <= i; order++) count(words.slice(i - order, i).join(' '), words[i], weight)
      }
      sorted = undefined
    },
    likely(before, prefix) {
      const known = [begin, ...before]
      const orders: { followers: Followers; weight: number }[] = []
      for (let order = 0; order < longest && order <= known.length; order++) {
        const followers = contexts.get(known.slice(known.length - order).join(' '))
        if (followers !== undefined && followers.total > 0) orders.push({ followers, weight: orderWeights[order] })
      }
      const whole = orders.reduce((sum, { weight }) => sum + weight, 0)
      if (whole === 0) return []
      const candidates =
        prefix === '' ? new Set(orders.slice(-2).flatMap(({ followers }) => mostFrequent(followers, mostWeighed))) : new Set(startingWith(prefix))
      return [...candidates]
        .map((word) => ({
          word,
          probability: orders.reduce((sum, { followers, weight }) => sum + (weight / whole) * ((followers.counts.get(word) ?? 0) / followers.total), 0),
        }))
        .filter(({ probability }) => probability > 0)
        .sort((a, b) => b.probability - a.probability || (a.word < b.word ? -1 : 1))
    },
  }
}

function mostFrequent({ counts }: Followers, most: number): string[] {
  if (counts.size <= most) return [...counts.keys()]
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, most)
    .map(([word]) => word)
}

const leastSure = 0.15 // of the next word, among those that begin as typed
const leastSureToGoOn = 0.35 // of each further word
const mostWords = 12 // of the rest
const imageShare = 0.6 // of the image's own model, where it has something to say

/**
 * Completes a text at its end. Null where no word is likely enough, or where the caret stands behind a finished sentence.
 * @param before the text before the caret
 * @param general the workspace's model; `image` that of the image's candidates, null without any
 */
export function complete(before: string, general: WordModel, image: WordModel | null): Completion | null {
  const words = placedWords(before)
  const last = words.at(-1)
  const typing = last !== undefined && last.start + last.word.length === before.length
  if (!typing && before !== '' && !/\s$/.test(before)) return null // behind a comma or a number: a space comes first
  const prefix = typing ? foldWord(last.word) : ''
  const context = (typing ? words.slice(0, -1) : words).map(({ word }) => foldWord(word))
  const first = nextWord(context, prefix, leastSure, general, image)
  if (first === null || first === end) return null
  const completed: string[] = [first]
  while (completed.length < mostWords) {
    const next = nextWord([...context, ...completed], '', leastSureToGoOn, general, image)
    if (next === null || next === end) break
    completed.push(next)
  }
  const word = first.slice(prefix.length)
  const rest = completed.join(' ').slice(prefix.length)
  return rest === '' ? null : { word: word === '' ? ` ${completed[1]}` : word, rest }
}

/** The likeliest next word, among those that begin with `prefix`, if its share of their probability is enough. */
function nextWord(context: readonly string[], prefix: string, least: number, general: WordModel, image: WordModel | null): string | null {
  const mixed = new Map<string, number>()
  const add = (model: WordModel, share: number): void => {
    for (const { word, probability } of model.likely(context.slice(-longest), prefix)) mixed.set(word, (mixed.get(word) ?? 0) + share * probability)
  }
  add(general, 1 - imageShare)
  if (image !== null) add(image, imageShare)
  let best: string | null = null
  let highest = 0
  let total = 0
  for (const [word, probability] of mixed) {
    total += probability
    if (probability > highest) [best, highest] = [word, probability]
  }
  return best !== null && highest >= least * total ? best : null
}
