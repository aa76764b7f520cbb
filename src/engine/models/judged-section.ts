/** Sections of a model card about sets that the model was judged on: scores with intervals, and captions from the best to the worst. */
import type { Interval } from '#engine/metrics/statistics/bootstrap.ts'

export interface JudgedCaption {
  name: string
  caption: string
  cider: number
}

export interface JudgedSet {
  /** "COCO val2017": the section's name. */
  title: string
  /** What repeats it. */
  command: string
  beam: number
  photosPerSecond: number
  /** Corpus scores by name, with their bootstrap intervals over photos. */
  scores: Readonly<Record<string, Interval>>
  /** Measured shares, by what they say: "say a word twice in a row". */
  failures: Readonly<Record<string, number>>
  captions: readonly JudgedCaption[]
}

/** Captions that a section quotes. */
const quoted = 12

/** The section, and the whole list of captions as a page of its own. */
export function judgedSection(set: JudgedSet): { section: string; list: string; listName: string } {
  const { title, command, beam, captions } = set
  const listName = `captions-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')}.md`
  const ranked = captions.toSorted((one, other) => other.cider - one.cider)
  const scores = Object.entries(set.scores).map(([name, { value, low, high }]) => row([name, fixed(value), `${fixed(low)} – ${fixed(high)}`]))
  const failures = Object.entries(set.failures).map(([what, share]) => `${(100 * share).toFixed(1)} % ${what}`)
  const section = `${heading(title)}

${captions.length} photos, beam ${beam}, ${set.photosPerSecond.toFixed(1)} photos a second from file to caption on the machine that judged.
Scores are coco-caption's (its tokenizer; document frequencies of these references); intervals hold 95 % of 1,000 resamples of the photos.

${row(['metric', 'score', '95 %'])}
${row(['---', '---', '---'])}
${scores.join('\n')}

Of the captions, ${failures.join(', ')}.

${quoted} captions from the best-scored to the worst, evenly spaced (all are in [${listName}](${listName})):

${table(evenly(ranked, quoted))}

Repeat it with \`${command}\`.
`
  return { section, list: `# ${title}, best first\n\n${table(ranked)}\n`, listName }
}

/** The card with the section in the place of an earlier one about the same set, or at its end. */
export function withSection(card: string, title: string, section: string): string {
  const parts = card.split(/^(?=## )/m)
  const mine = parts.findIndex((part) => part.startsWith(`${heading(title)}\n`))
  const text = `${section.trimEnd()}\n`
  if (mine === -1) return `${card.trimEnd()}\n\n${text}`
  return parts.with(mine, mine === parts.length - 1 ? text : `${text}\n`).join('')
}

const heading = (title: string): string => `## Judged: ${title}`
const fixed = (value: number): string => value.toFixed(4)
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function table(captions: readonly JudgedCaption[]): string {
  const rows = captions.map(({ name, caption, cider }) => row([name, caption.replaceAll('|', '\\|'), cider.toFixed(3)]))
  return [row(['photo', 'caption', 'CIDEr']), row(['---', '---', '---']), ...rows].join('\n')
}

function evenly<Item>(items: readonly Item[], count: number): Item[] {
  if (items.length <= count) return [...items]
  return Array.from({ length: count }, (_, index) => items[Math.round((index * (items.length - 1)) / (count - 1))])
}
