/**
 * The gate: whether a fine-tuned model takes its parent's place. It is judged by corrections that nothing learned from and by photos of what the
 * parent could do before. Both sides carry intervals; where they are too wide the gate says that it cannot tell, and how many corrections would.
 */
import { fewestJudged, toleratedLoss, verdictOf, type GateReport, type GateSide } from '#shared/fine-tuning.ts'
import { pairedBootstrap } from '#engine/metrics/statistics/bootstrap.ts'
import { averaged } from '#shared/metrics/summable.ts'
import { moreCorrectionsNeeded, photosToShow, type PairedScores } from './learning-curve.ts'

/**
 * Photos of the parent's domain that show such a loss where a photo's difference has a standard deviation of up to 0.2. The intervals of the two measured
 * runs of one seed tell 0.15 and 0.21 (docs/fine-tuning.md); what a run's own photos can tell, the gate says by their own spread.
 */
export const domainPhotos = 400

/** @returns null with fewer than `fewestJudged` photos */
export function gateSide({ before, after }: PairedScores): GateSide | null {
  if (before.length < fewestJudged) return null
  const { a, b, difference } = pairedBootstrap([averaged('CIDEr', Float64Array.from(before))], [averaged('CIDEr', Float64Array.from(after))])['CIDEr']
  return { photos: before.length, before: a, after: b, difference: difference.value, low: difference.low, high: difference.high }
}

export interface Judgement {
  corrections: PairedScores
  domain: PairedScores
  /** Other photos, by which the run was stopped and its share was chosen: how many. */
  chosenBy: { corrections: number; domain: number }
  /** Corrections in all, held-out ones included. */
  corrected: number
  keep: number
  method: string
}

export function judgeGate({ corrections: scored, domain: scoredDomain, chosenBy, corrected, keep, method }: Judgement): GateReport {
  const corrections = gateSide(scored)
  const domain = gateSide(scoredDomain)
  const verdict = verdictOf(corrections, domain)
  // Held-out corrections that told are not what is wanting.
  const told = corrections !== null && (corrections.low > 0 || corrections.high < 0)
  const moreCorrections = verdict === 'unclear' && !told ? moreCorrectionsNeeded(scored, corrected) : null
  const reason = [
    correctionsSentence(corrections),
    domainSentence(domain, scoredDomain),
    choosingSentence(chosenBy),
    ...(verdict === 'worse' ? ['The parent is kept.'] : []),
  ].join(' ')
  return { verdict, reason, corrections, domain, keep, method, moreCorrections }
}

function choosingSentence({ corrections, domain }: Judgement['chosenBy']): string {
  const photos = [
    ...(corrections > 0 ? [`${corrections} held-out corrections`] : []),
    ...(domain > 0 ? [`${domain} photos of what the parent learned from`] : []),
  ]
  if (photos.length === 0) return 'No photos were left to stop by or to choose how much is kept.'
  return `Others (${photos.join(', ')}) told when to stop and how much to keep.`
}

function correctionsSentence(side: GateSide | null): string {
  if (side === null) return `Fewer than ${fewestJudged} corrections are held out: whether it gained cannot be told.`
  const judged = `${side.photos} held-out corrections`
  if (side.low > 0) return `It gained on ${judged} (${inWords(side)}).`
  if (side.high < 0) return `It lost on ${judged} (${inWords(side)}).`
  return `${judged} cannot tell whether it gained (${inWords(side)}).`
}

function domainSentence(side: GateSide | null, scored: PairedScores): string {
  if (side === null) return `Fewer than ${fewestJudged} photos with stored captions were left to judge by: what it forgot cannot be told.`
  const judged = `${side.photos} photos of what the parent learned from`
  if (side.low > -toleratedLoss) return `It forgot nothing that counts on ${judged} (${inWords(side)}).`
  if (side.high < 0) return `It lost on ${judged} (${inWords(side)}).`
  return `${judged} cannot tell whether it forgot more than ${toleratedLoss} (${inWords(side)}); at their spread, about ${photosToShow(toleratedLoss, scored)} would.`
}

function inWords({ difference, low, high }: GateSide): string {
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
  return `CIDEr ${signed(difference)}, 95 % ${signed(low)} to ${signed(high)}`
}
