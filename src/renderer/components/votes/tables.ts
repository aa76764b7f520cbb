/** What a ballot came to, in words and as tables. */
import { metricTitle } from '#shared/metrics/table.ts'
import { text, whole } from '#shared/tables/columns.ts'
import type { FigureTable, TableCell } from '#shared/tables/written-table.ts'
import { preferred, type Ballot, type Figured, type VoterFigures, type VoteResults } from '#shared/votes/votes.ts'
import { byWhom, countOf, share } from '../../format.ts'

const figure = (title: string): FigureTable['columns'][number] => ({ title, kind: 'number' })
const cell = (figured: Figured | null): TableCell => (figured === null ? null : { value: figured.value, interval: figured })
const named = ({ voter }: VoterFigures): string => (voter === null ? 'All' : byWhom(voter))

/** Votes that count: those that were not skipped. */
export const votesOf = ({ aWins, bWins, ties }: VoterFigures): number => aWins + bWins + ties

export const spanText = ({ low, high }: Figured): string => `95 % interval ${share(low)} to ${share(high)}`

/** One sentence on who is preferred. It says “unclear” where the interval holds one half. */
export function verdictText(all: VoterFigures, { aTitle, bTitle }: Pick<Ballot, 'aTitle' | 'bTitle'>): string {
  const { winRate } = all
  if (winRate === null) return 'Nobody has voted for a side yet.'
  const side = preferred(all)
  const rate = (title: string, found: Figured): string => `${title} wins ${share(found.value)} of ${countOf(votesOf(all), 'vote')} (${spanText(found)})`
  if (side === null) return `Unclear which is better: ${rate(aTitle, winRate)}, which holds one half.`
  if (side === 'a') return `${aTitle} is preferred to ${bTitle}: ${rate(aTitle, winRate)}.`
  return `${bTitle} is preferred to ${aTitle}: ${rate(bTitle, { value: 1 - winRate.value, low: 1 - winRate.high, high: 1 - winRate.low })}.`
}

/** Everybody, and below it each voter where there are several. */
const rowsOf = ({ all, voters }: VoteResults): VoterFigures[] => (voters.length > 1 ? [all, ...voters] : voters)

export function winTable(results: VoteResults): FigureTable {
  const { aTitle, bTitle } = results.ballot
  return {
    columns: [text('Voter'), figure(`Win rate of ${aTitle}`), whole('Votes'), whole(`For ${aTitle}`), whole('Ties'), whole(`For ${bTitle}`), whole('Skipped')],
    rows: rowsOf(results).map((each) => [named(each), cell(each.winRate), votesOf(each), each.aWins, each.ties, each.bWins, each.skipped]),
    note: 'First showings; a tie counts half. In brackets: 95 % intervals (Wilson), votes on one photo taken together.',
  }
}

export function consistencyTable(results: VoteResults): FigureTable {
  return {
    columns: [text('Voter'), figure('Agreement with oneself'), whole('Repeated pairs'), whole('Answered the same'), figure('Share of left'), text('Position')],
    rows: rowsOf(results).map((each) => [named(each), cell(each.self), each.repeated, each.repeatedSame, cell(each.left), lean(each.left)]),
    note: 'Repeated pairs come again with sides swapped. Share of left: of the votes for a side; one half where position does not matter. In brackets: 95 % intervals (Wilson).',
  }
}

function lean(left: Figured | null): string {
  if (left === null) return '–'
  if (left.low > 0.5) return 'leans left'
  return left.high < 0.5 ? 'leans right' : 'no lean shown'
}

export function metricTable({ metrics }: VoteResults): FigureTable {
  return {
    columns: [text('Metric'), figure('Kendall’s τ'), whole('Photos'), whole('Votes'), whole('Agrees'), whole('Of decided'), text('With the votes')],
    rows: metrics.map(({ metric, tau, photos, votes, agreeing, decided }) => [
      metricTitle(metric),
      cell(tau),
      photos,
      votes,
      agreeing,
      decided,
      tau === null ? '–' : tau.low > 0 ? 'agrees' : tau.high < 0 ? 'disagrees' : 'unclear',
    ]),
    note: 'τ-b between the metric’s preference (better, same, worse) and the vote’s, from −1 to 1; agrees: votes for the side that the metric scores higher, of those where both prefer one. In brackets: 95 % bootstrap intervals over the photos.',
  }
}

/** How far voters agree with each other, in a sentence; null of a single one. */
export function betweenText({ between }: VoteResults): string | null {
  if (between === null) return null
  const { pairs, share: agreed, kappa } = between
  const chance = kappa === null ? '' : `; Fleiss’ κ ${kappa.value.toFixed(2)} (${kappa.low.toFixed(2)} to ${kappa.high.toFixed(2)})`
  return `On ${countOf(pairs, 'pair')} that several voted on, two voters say the same in ${share(agreed.value)} of cases (${spanText(agreed)})${chance}.`
}
